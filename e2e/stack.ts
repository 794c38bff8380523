/** The whole product for the journeys: started the way a user starts it, on a free port, in a folder of its own. */
import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { freePort } from "@/lib/db/embedded";
import { chooseReceivers } from "./receivers";

export interface RunningStack {
  url: string;
  databaseUrl: string;
  stop(): Promise<void>;
}

const READY = /Headroom is ready|http:\/\/localhost:\d+/;
const START_LIMIT_MS = 10 * 60_000;

/** `npm start` with an embedded database and the demo fleet; resolves when the launcher says that it is ready. */
export async function startStack(): Promise<RunningStack> {
  const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), "headroom-e2e-"));
  fs.chmodSync(dataDir, 0o755);
  const port = await freePort();
  const child = spawn("npm", ["start", "--silent", "--", "--port", String(port)], {
    env: {
      ...process.env,
      HEADROOM_DATA_DIR: dataDir,
      HEADROOM_RATE_LIMIT_SIGN_IN: "1000",
      HEADROOM_OUTBOUND_HOSTS: await chooseReceivers(),
      DATABASE_URL: "",
      REDIS_URL: "",
      NODE_ENV: "production",
    },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const log = fs.createWriteStream(path.join(dataDir, "launcher.log"));
  let text = "";
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`The stack did not become ready:\n${text}`)), START_LIMIT_MS);
    const read = (chunk: Buffer) => {
      log.write(chunk);
      text += chunk.toString();
      if (READY.test(text)) {
        clearTimeout(timer);
        resolve();
      }
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.once("exit", (code) => reject(new Error(`The launcher ended with ${code}:\n${text}`)));
  });
  return {
    url: `http://localhost:${port}`,
    databaseUrl: embeddedUrl(path.join(dataDir, "postgres")),
    stop: async () => {
      const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
      process.kill(-child.pid!, "SIGINT");
      await ended;
      fs.rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Line 4 of postmaster.pid is the port; the password lies beside the data (lib/db/embedded.ts). */
function embeddedUrl(dataDir: string): string {
  const port = fs.readFileSync(path.join(dataDir, "postmaster.pid"), "utf8").split("\n")[3];
  const password = fs.readFileSync(`${dataDir}.password`, "utf8").trim();
  return `postgresql://headroom:${password}@127.0.0.1:${port}/headroom`;
}
