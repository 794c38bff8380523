import { route } from "@/lib/auth/route";
import { config } from "@/lib/config";
import { openApiDocument } from "./document";

export const dynamic = "force-dynamic";

/** The OpenAPI 3.1 document of the public API. */
export const GET = route({ role: "viewer", scope: "read" }, async () => openApiDocument(config().publicUrl));
