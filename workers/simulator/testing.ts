/** Real programs of the simulator for tests, and a stand-in for the console that only remembers what it is sent. */
import { spawn, type ChildProcess } from "node:child_process";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { createInterface } from "node:readline";
import { gunzipSync } from "node:zlib";
import type { NativeEvent } from "@/lib/telemetry";
import type { Sample } from "@/lib/telemetry/samples";

export interface StartedProgram {
  url: string;
  child: ChildProcess;
  ended: Promise<number | null>;
  /** Everything it has said on stderr. */
  said: () => string;
}

/** Runs a bundled program until it says where it listens, or ends before (then `url` is empty). */
export async function startProgram(file: string, args: string[], env: Record<string, string> = {}): Promise<StartedProgram> {
  const child = spawn(process.execPath, [file, ...args], {
    env: { PATH: process.env["PATH"], ...env } as unknown as NodeJS.ProcessEnv,
    stdio: ["ignore", "inherit", "pipe", "ipc"],
  });
  let said = "";
  createInterface({ input: child.stderr! }).on("line", (line) => (said += `${line}\n`));
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  const url = await Promise.race([
    new Promise<string>((resolve) => child.once("message", (message) => resolve((message as { url: string }).url))),
    ended.then(() => ""),
  ]);
  return { url, child, ended, said: () => said };
}

export interface StandIn {
  url: string;
  events: NativeEvent[];
  samples: Sample[];
  close(): void;
}

/** Takes all telemetry; hands what targets say on to a real fleet server when there is one. */
export async function startStandIn(fleetPort: number | null): Promise<StandIn> {
  const events: NativeEvent[] = [];
  const samples: Sample[] = [];
  const server = http.createServer((request, response) => {
    if (request.url!.startsWith("/api/fleet/") && fleetPort !== null) {
      const onward = http.request({ port: fleetPort, path: request.url, method: "POST", headers: request.headers }, (answer) => {
        response.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(response);
      });
      onward.on("error", () => response.destroy());
      response.on("close", () => onward.destroy());
      request.pipe(onward);
      return;
    }
    // What gateways ask about (budgets) is nobody's here; they keep what they know.
    if (request.method === "GET") {
      response.writeHead(404).end();
      return;
    }
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const items = itemsOf(Buffer.concat(chunks), request.headers["content-type"] ?? "");
      if (request.url === "/api/v1/usage") events.push(...(items as NativeEvent[]));
      if (request.url === "/api/v1/samples") samples.push(...(items as Sample[]));
      response.end(JSON.stringify({ rejected: 0, items: [] }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    events,
    samples,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** One batch, as lines or as the only list of an object. */
function itemsOf(body: Buffer, type: string): unknown[] {
  const text = (body[0] === 0x1f ? gunzipSync(body) : body).toString();
  if (type.includes("ndjson"))
    return text
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as unknown);
  return Object.values(JSON.parse(text) as Record<string, unknown[]>)[0] ?? [];
}
