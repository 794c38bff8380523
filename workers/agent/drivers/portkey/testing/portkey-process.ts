/** The real gateway from npm, as its own process. */
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import path from "node:path";
import { freePort } from "../../foreign/testing/free-port";

export interface PortkeyProcess {
  url: string;
  stop(): Promise<void>;
}

export async function portkeyProcess(env: Record<string, string> = {}): Promise<PortkeyProcess> {
  const port = await freePort();
  const root = path.dirname(createRequire(import.meta.url).resolve("@portkey-ai/gateway/package.json"));
  const child = spawn(process.execPath, [path.join(root, "build/start-server.js"), "--headless", `--port=${port}`], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env["PATH"] ?? "", NODE_ENV: "production", ...env },
  });
  const gone = new Promise<void>((resolve) => void child.once("exit", () => resolve()));
  let said = "";
  await new Promise<void>((resolve, reject) => {
    const listen = (chunk: Buffer) => {
      said += chunk.toString("utf8");
      if (said.includes("Ready for connections")) resolve();
    };
    child.stdout.on("data", listen);
    child.stderr.on("data", listen);
    void gone.then(() => reject(new Error(`Portkey did not start: ${said}`)));
  });
  return {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      child.kill("SIGKILL");
      await gone;
    },
  };
}
