import { proxyFleet } from "./proxy-fleet";

export const dynamic = "force-dynamic";

/** What targets say, handed on to the fleet server as it is: it checks their tokens and signatures. */
export const POST = (request: Request): Promise<Response> => proxyFleet(request);
