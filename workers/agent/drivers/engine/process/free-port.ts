import net from "node:net";

/** A port of 127.0.0.1 on which nothing listens now: from the range, or any. */
export async function freePort(range: { from: number; to: number } | undefined, taken: ReadonlySet<number>): Promise<number> {
  if (!range) {
    for (;;) {
      const port = await tryPort(0);
      if (port !== null && !taken.has(port)) return port;
    }
  }
  for (let port = range.from; port <= range.to; port += 1) {
    if (!taken.has(port) && (await tryPort(port)) !== null) return port;
  }
  throw new Error(`All ports from ${range.from} to ${range.to} are in use.`);
}

function tryPort(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once("error", () => resolve(null));
    server.listen(port, "127.0.0.1", () => {
      const { port: bound } = server.address() as net.AddressInfo;
      server.close(() => resolve(bound));
    });
  });
}
