/** A metrics page over real HTTP, which a test can change, break and hold back. */
import http from "node:http";
import type { AddressInfo } from "node:net";

export interface MetricsServer {
  url: string;
  /** What the next scrapes get: a page, or what to do with the answer. */
  page: string | ((response: http.ServerResponse) => void);
  /** Headers of all scrapes so far. */
  scrapes: http.IncomingHttpHeaders[];
  close(): Promise<void>;
}

export async function metricsServer(page: MetricsServer["page"]): Promise<MetricsServer> {
  const server = http.createServer((request, response) => {
    opened.scrapes.push(request.headers);
    if (typeof opened.page === "function") opened.page(response);
    else response.writeHead(200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" }).end(opened.page);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const opened: MetricsServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`,
    page,
    scrapes: [],
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return opened;
}
