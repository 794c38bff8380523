/** One request to a gateway, the way an application sends it. Never throws: a demo client shrugs and goes on. */
import http from "node:http";
import type { Prompt } from "./write-prompt";

const agent = new http.Agent({ keepAlive: true, maxFreeSockets: 16 });
/** Longer than any route allows: the gateway is the one who gives up. */
const PATIENCE_MS = 900_000;

export interface GatewayAnswer {
  ok: boolean;
  /** A simulated engine said that this answer misses. */
  missed: boolean;
  endMs: number;
}

export interface GatewayRequest extends Prompt {
  url: string;
  headers: Record<string, string>;
  /** Leaves after the first bytes. */
  leaves: boolean;
}

export function askGateway({ url, path, body, headers, leaves }: GatewayRequest): Promise<GatewayAnswer> {
  return new Promise((resolve) => {
    const payload = JSON.stringify(body);
    const end = (ok: boolean, text: string) => resolve({ ok, missed: /quality\W+miss/.test(text), endMs: Date.now() });
    const request = http.request(
      `${url}/v1/${path}`,
      {
        method: "POST",
        agent,
        headers: { ...headers, "content-type": "application/json", "content-length": Buffer.byteLength(payload) },
      },
      (response) => {
        // The label is in the first words; embeddings and long answers need not be kept.
        let beginning = "";
        response.on("data", (chunk: Buffer) => {
          if (beginning.length < 2_000) beginning += chunk.toString("latin1");
          if (leaves) request.destroy();
        });
        response.on("close", () => end(response.complete && response.statusCode === 200, beginning));
      },
    );
    request.setTimeout(PATIENCE_MS, () => request.destroy());
    request.on("error", () => end(false, ""));
    request.end(payload);
  });
}
