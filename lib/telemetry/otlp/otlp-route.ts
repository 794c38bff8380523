/**
 * An OTLP route: `route()` decides who may, and whatever it or the verb refuses is said as google.rpc.Status in the
 * type of the request, as OTLP/HTTP asks.
 */
import { route, type RouteInput } from "@/lib/auth/route";
import { AppError, type Problem } from "@/lib/http";
import { encodingOf, statusAnswer, type Encoding } from "./wire";

type Handle = (input: RouteInput<Record<string, never>>, encoding: Encoding) => Promise<Response>;

export function otlpRoute(handle: Handle) {
  const inner = route({ role: "lead", scope: "ingest" }, async (input) => {
    const type = input.request.headers.get("content-type");
    const encoding = encodingOf(type);
    if (!encoding) {
      throw new AppError(
        "unsupported_type",
        `Content-Type "${type ?? ""}" is not OTLP/HTTP. Send application/x-protobuf or application/json.`,
      );
    }
    return handle(input, encoding);
  });
  const handler = async (...args: Parameters<typeof inner>): Promise<Response> => {
    const answer = await inner(...args);
    if (answer.ok) return answer;
    const problem = (await answer.json()) as Problem;
    const encoding = encodingOf(args[0].headers.get("content-type")) ?? "json";
    if (problem.code === "internal") {
      // An exporter drops what it gets a 500 for. A fault of ours must not lose data: 503 makes it send again.
      answer.headers.set("retry-after", "30");
      return statusAnswer(encoding, 503, "unavailable", problem.detail, answer.headers);
    }
    return statusAnswer(encoding, answer.status, problem.code, problem.detail, answer.headers);
  };
  return Object.assign(handler, { access: inner.access });
}
