import fs from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nextBackoff, supervise, type ProgramSpec } from "./supervise";

// In a container without an init, a killed orphan stays as a zombie: it is dead all the same.
const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    const stat = `/proc/${pid}/stat`;
    return !fs.existsSync(stat) || !/\) Z /.test(fs.readFileSync(stat, "utf8"));
  } catch {
    return false;
  }
};

/** Runs `script` supervised; `line(n)` resolves with its n-th line of output, `crash(n)` with its n-th end. */
function run(script: string, over: Partial<ProgramSpec> = {}) {
  const seen = { line: [] as string[], crash: [] as string[] };
  const waiting: { kind: "line" | "crash"; n: number; resolve: (text: string) => void }[] = [];
  const note = (kind: "line" | "crash", text: string) => {
    seen[kind].push(text);
    for (const w of waiting) if (w.kind === kind && seen[kind].length > w.n) w.resolve(seen[kind][w.n]!);
  };
  const program = supervise({
    name: "test",
    args: ["-e", script],
    env: { PATH: process.env["PATH"] },
    onLine: (line) => note("line", line),
    onCrash: (how, ms) => note("crash", `${how}, ${ms}`),
    ...over,
  });
  const wait = (kind: "line" | "crash") => (n: number) =>
    new Promise<string>((resolve) => {
      if (seen[kind].length > n) resolve(seen[kind][n]!);
      else waiting.push({ kind, n, resolve });
    });
  return { program, line: wait("line"), crash: wait("crash") };
}

describe("nextBackoff", () => {
  it("doubles from half a second to thirty, and starts afresh after a minute of life", () => {
    const waits: number[] = [];
    for (let last: number | undefined; waits.length < 8;) waits.push((last = nextBackoff(last, 10)));
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    expect(nextBackoff(30_000, 60_000)).toBe(500);
    fc.assert(fc.property(fc.nat(), fc.nat(), (last, lived) => nextBackoff(Math.max(1, last), lived) <= 30_000));
  });
});

describe("supervise", () => {
  it("starts a program again when it ends by itself", async () => {
    const { program, line, crash } = run("console.log(process.pid); process.exit(3)");
    const first = await line(0);
    expect(await crash(0)).toBe("exit code 3, 500");
    expect(await line(1)).not.toBe(first);
    await program.stop();
    expect(program.pid()).toBeUndefined();
  });

  it("leaves nothing behind: neither a program that ignores SIGTERM nor what it started", async () => {
    const child = "process.on('SIGTERM',()=>{});setInterval(()=>{},1e3);console.log(process.pid)";
    const script = `process.on('SIGTERM',()=>{});
      const c=require('child_process').spawn(process.execPath,['-e',${JSON.stringify(child)}],{stdio:['ignore','inherit','inherit']});
      setInterval(()=>{},1e3)`;
    const { program, line } = run(script, { graceMs: 100 });
    const grandchild = Number(await line(0));
    const pid = program.pid()!;
    expect([isAlive(pid), isAlive(grandchild)]).toEqual([true, true]);
    await program.stop();
    await expect.poll(() => [isAlive(pid), isAlive(grandchild)]).toEqual([false, false]);
  });

  it("passes messages on and does not restart after stop", async () => {
    const messages: unknown[] = [];
    const { program, line, crash } = run("process.send({type:'ready'},()=>console.log('sent'));setInterval(()=>{},1e3)", {
      onMessage: (message) => messages.push(message),
    });
    await line(0);
    await expect.poll(() => messages).toEqual([{ type: "ready" }]);
    let crashed = false;
    void crash(0).then(() => (crashed = true));
    await program.stop();
    expect(crashed).toBe(false);
  });

  it("a program that has one thing to do is not started again when it is done, only when it failed", async () => {
    const done = run("console.log('done')", { once: true });
    await done.line(0);
    await expect.poll(() => done.program.pid()).toBeUndefined();
    const failing = run("process.exit(3)", { once: true });
    expect(await failing.crash(0)).toBe("exit code 3, 500");
    await failing.program.stop();
    await done.program.stop();
  });
});
