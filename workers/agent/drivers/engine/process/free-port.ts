import { randomInt } from "node:crypto";
import net from "node:net";

/** Below what systems give to outgoing connections, so that a port that is free now is free when the engine binds it. */
const ANY = { from: 20_000, to: 32_000 };
const TRIES = 200;

/** A port of 127.0.0.1 on which nothing listens now: the first of the range, or any. */
export async function freePort(range: { from: number; to: number } | undefined, taken: ReadonlySet<number>): Promise<number> {
  const candidates = range
    ? Array.from({ length: range.to - range.from + 1 }, (_, index) => range.from + index)
    : Array.from({ length: TRIES }, () => randomInt(ANY.from, ANY.to));
  for (const port of candidates) {
    if (!taken.has(port) && (await isFree(port))) return port;
  }
  throw new Error(range ? `All ports from ${range.from} to ${range.to} are in use.` : "No free port was found.");
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
