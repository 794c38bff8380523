/**
 * The one wrapper of every API route: who is calling, may they, run, answer. Errors become problem JSON with a
 * request id. Nothing in app/api answers without it; app/api/routes.test.ts checks that.
 */
import { randomUUID } from "node:crypto";
import { db } from "@/lib/db";
import { AppError, logLevelOf, problemResponse } from "@/lib/http";
import { createLogger } from "@/lib/log";
import { requireRole, requireScope, type ApiScope, type Ctx, type Role } from "./actor";
import { resolveActor } from "./resolve";

export interface RouteAccess {
  /** Least role of a signed-in person. */
  role: Role;
  /** Scope an API key needs. Absent: API keys are refused. */
  scope?: ApiScope;
}

export interface RouteInput<P> {
  ctx: Ctx;
  request: Request;
  params: P;
  requestId: string;
  url: URL;
}

type NextContext<P> = { params: Promise<P> };

const log = createLogger("console");

/**
 * Make a route handler. The handler answers with a Response, or with a value that becomes JSON (200).
 * `access` is exported beside the handler's behaviour so that the access table test can read it.
 */
export function route<P = Record<string, never>>(access: RouteAccess, handle: (input: RouteInput<P>) => Promise<unknown>) {
  const handler = async (request: Request, next: NextContext<P>): Promise<Response> => {
    const requestId = randomUUID();
    try {
      const database = db();
      const now = new Date();
      const actor = await resolveActor(request, database, now);
      if (actor.kind === "user") requireRole({ actor }, access.role);
      else if (access.scope) requireScope(actor, access.scope);
      else throw new AppError("forbidden", "This address is for signed-in people; API keys cannot use it.");
      const ctx: Ctx = { actor, db: database, now, log: log.child({ requestId }) };
      const result = await handle({ ctx, request, params: await next.params, requestId, url: new URL(request.url) });
      if (result instanceof Response) {
        result.headers.set("x-request-id", requestId);
        return result;
      }
      return Response.json(result ?? null, { headers: { "x-request-id": requestId, "cache-control": "no-store" } });
    } catch (error) {
      const level = logLevelOf(error);
      if (level)
        log[level]({ requestId, err: error, method: request.method, path: new URL(request.url).pathname }, "request failed");
      return problemResponse(error, requestId);
    }
  };
  return Object.assign(handler, { access });
}
