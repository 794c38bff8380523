/** `next build`, once per state of the sources: the second start skips it. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";

const SOURCES = ["app", "components", "lib", "public", "proxy.ts", "next.config.js", "package-lock.json", "prisma/schema.prisma"];
const NOT_BUILT = /\.(test|spec)\.tsx?$|\.md$|^lib\/testing\//;

/** One hash over the content of everything that goes into the build. */
export function sourceHash(root: string): string {
  const hash = createHash("sha256");
  for (const source of SOURCES) {
    for (const file of filesOf(root, source)) {
      hash
        .update(file)
        .update("\0")
        .update(fs.readFileSync(path.join(root, file)))
        .update("\0");
    }
  }
  return hash.digest("hex");
}

function filesOf(root: string, at: string): string[] {
  const stat = fs.statSync(path.join(root, at), { throwIfNoEntry: false });
  if (!stat) return [];
  if (stat.isFile()) return NOT_BUILT.test(at) ? [] : [at];
  return fs
    .readdirSync(path.join(root, at))
    .sort()
    .flatMap((name) => filesOf(root, `${at}/${name}`));
}

export interface BuildProgress {
  onStart: () => void;
  onLine: (line: string) => void;
  env: Record<string, string | undefined>;
  signal: AbortSignal;
}

/** Build when the sources changed since the last build. Returns whether it built; throws with Next's own last lines. */
export async function buildConsole(root: string, distDir: string, progress: BuildProgress): Promise<boolean> {
  const marker = path.join(root, distDir, "headroom-sources");
  const hash = sourceHash(root);
  const built = fs.existsSync(path.join(root, distDir, "BUILD_ID")) && fs.existsSync(marker);
  if (built && fs.readFileSync(marker, "utf8") === hash) return false;
  progress.onStart();
  fs.rmSync(marker, { force: true });
  const lines: string[] = [];
  const child = spawn(process.execPath, ["node_modules/next/dist/bin/next", "build"], {
    cwd: root,
    env: { ...progress.env, NODE_ENV: "production" } as NodeJS.ProcessEnv,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const stop = () => {
    try {
      process.kill(-child.pid!, "SIGKILL");
    } catch {
      // already gone
    }
  };
  progress.signal.addEventListener("abort", stop);
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      for (const line of chunk.split("\n").filter((text) => text.trim())) {
        lines.push(line);
        if (lines.length > 60) lines.shift();
        progress.onLine(line);
      }
    });
  }
  const code = await new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (value) => resolve(value ?? 1));
  });
  progress.signal.removeEventListener("abort", stop);
  if (progress.signal.aborted) throw new Error("stopped");
  if (code !== 0) throw new Error(`The console could not be built:\n${lines.join("\n")}`);
  fs.writeFileSync(marker, hash);
  return true;
}
