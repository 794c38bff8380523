import net from "node:net";

/** Undefined when `port` can be listened on at `host`, else what to tell the person. */
export function portProblem(port: number, host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const probe = net.createServer();
    probe.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") {
        resolve(
          `Port ${port} is already taken, perhaps by another Headroom. Stop that program, or choose another port: npm start -- --port ${port + 1}`,
        );
      } else {
        resolve(
          `Cannot listen on ${host}:${port} (${error.code ?? error.message}). Choose another port: npm start -- --port 3100`,
        );
      }
    });
    probe.listen(port, host, () => probe.close(() => resolve(undefined)));
  });
}
