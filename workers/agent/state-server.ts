/** /health and /metrics of the agent. Both answer 200 while the agent lives: that its engine is down is in what they say. */
import http from "node:http";
import type { AddressInfo } from "node:net";
import { agentMetrics, describeAgent, type Parts } from "./agent-state";

export interface StateServer {
  url: string;
  close(): Promise<void>;
}

export async function startStateServer(listen: { host: string; port: number }, parts: Parts): Promise<StateServer> {
  const server = http.createServer((request, response) => {
    const send = (type: string, body: string) => response.writeHead(200, { "content-type": type }).end(body);
    const answer = async () => {
      if (request.url === "/health") return send("application/json", JSON.stringify(await describeAgent(parts)));
      if (request.url === "/metrics") return send("text/plain; version=0.0.4; charset=utf-8", await agentMetrics(parts));
      return response.writeHead(404).end();
    };
    answer().catch(() => response.writeHead(500).end());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) =>
      reject(new Error(`The agent cannot listen on ${listen.host}:${listen.port}: ${error.message}`)),
    );
    server.listen(listen.port, listen.host, resolve);
  });
  const host = listen.host.includes(":") ? `[${listen.host}]` : listen.host;
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
