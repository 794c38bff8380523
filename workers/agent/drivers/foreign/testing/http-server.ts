/** A real HTTP server for one test; its address, and its end with the test. */
import http from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

export interface Asked {
  method: string;
  path: string;
  headers: http.IncomingHttpHeaders;
  text: string;
}

export interface TestServer {
  url: string;
  port: number;
  /** Every request so far, as soon as its body was read. */
  asked: Asked[];
  close(): Promise<void>;
}

export interface Reply {
  status?: number;
  headers?: Record<string, string>;
  json?: unknown;
  text?: string;
}

export async function serve(answer: (asked: Asked, response: http.ServerResponse) => Reply | null): Promise<TestServer> {
  const asked: Asked[] = [];
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => void chunks.push(chunk));
    request.on("end", () => {
      const one: Asked = {
        method: request.method ?? "",
        path: request.url ?? "",
        headers: request.headers,
        text: Buffer.concat(chunks).toString("utf8"),
      };
      asked.push(one);
      const reply = answer(one, response);
      // Null: the test answers by itself, or never.
      if (reply === null) return;
      const { status = 200, headers = {}, json, text } = reply;
      response.writeHead(status, { "content-type": "application/json", ...headers });
      response.end(text ?? JSON.stringify(json ?? {}));
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  onTestFinished(close);
  return { url: `http://127.0.0.1:${port}`, port, asked, close };
}
