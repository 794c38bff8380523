/** Route handlers behind a real HTTP server, as Next would call them, so that unmodified clients can talk to them. */
import http from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";

type Handler = (request: Request, next: { params: Promise<Record<string, never>> }) => Promise<Response>;

export interface ServedRoutes {
  /** e.g. http://127.0.0.1:4711 */
  url: string;
  close(): Promise<void>;
}

/** Serve handlers by `METHOD /path`, e.g. `{"POST /api/otlp/v1/traces": POST}`. */
export async function serveRoutes(routes: Record<string, Handler>, port = 0): Promise<ServedRoutes> {
  const server = http.createServer((incoming, outgoing) => {
    void (async () => {
      const url = new URL(incoming.url ?? "/", `http://${incoming.headers.host}`);
      const handler = routes[`${incoming.method} ${url.pathname}`];
      if (!handler) {
        outgoing.writeHead(404).end();
        return;
      }
      const headers = new Headers();
      for (const [name, value] of Object.entries(incoming.headers)) {
        for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) headers.append(name, one);
      }
      const hasBody = incoming.method !== "GET" && incoming.method !== "HEAD";
      const body = hasBody ? { body: Readable.toWeb(incoming) as ReadableStream<Uint8Array>, duplex: "half" } : {};
      const request = new Request(url, { method: incoming.method ?? "GET", headers, ...body } as RequestInit);
      const answer = await handler(request, { params: Promise.resolve({}) });
      outgoing.writeHead(answer.status, Object.fromEntries(answer.headers));
      outgoing.end(Buffer.from(await answer.arrayBuffer()));
    })();
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
