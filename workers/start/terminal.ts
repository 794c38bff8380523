/** What the person at the terminal sees: calm lines, one progress line, warnings of the programs. All goes to the log file. */
import fs from "node:fs";
import path from "node:path";

export interface Terminal {
  say(text: string): void;
  /** A line that replaces itself while something takes long; without a terminal, one line per tenth. */
  progress(label: string, share: number, note?: string): void;
  /** One line of a program: always into the log file, to the terminal when it matters or all is wanted. */
  programLine(program: string, line: string, stream: "out" | "err"): void;
  close(): void;
}

/** Pure: the readable form of a program's line and whether it is worth a calm terminal. */
export function readLine(line: string, stream: "out" | "err"): { text: string; important: boolean } {
  if (line.startsWith("{")) {
    try {
      const entry = JSON.parse(line) as { level?: number; msg?: string; err?: { message?: string } };
      const detail = entry.err?.message;
      return {
        text: [entry.msg, detail].filter(Boolean).join(": ") || line,
        important: (entry.level ?? 30) >= 40,
      };
    } catch {
      // not JSON after all
    }
  }
  return { text: line, important: stream === "err" && /error|warn|fail|⨯/i.test(line) };
}

export function openTerminal(dataDir: string, verbose: boolean): Terminal {
  const dir = path.join(dataDir, "log");
  fs.mkdirSync(dir, { recursive: true });
  const file = path.join(dir, "headroom.log");
  // One earlier run is kept.
  if (fs.existsSync(file)) fs.renameSync(file, path.join(dir, "headroom.previous.log"));
  const log = fs.createWriteStream(file, { flags: "a" });
  const live = process.stdout.isTTY === true;
  let open = false;
  let lastTenth = -1;
  let lastLabel = "";

  const endProgress = () => {
    if (open) process.stdout.write("\n");
    open = false;
  };
  const say = (text: string) => {
    endProgress();
    console.log(text);
    log.write(`${text}\n`);
  };
  return {
    say,
    progress: (label, share, note = "") => {
      const percent = Math.floor(Math.min(1, Math.max(0, share)) * 100);
      if (label !== lastLabel) lastTenth = -1;
      lastLabel = label;
      if (live) {
        const filled = Math.round(percent / 5);
        process.stdout.write(`\r\x1b[2K${label} ${"█".repeat(filled)}${"░".repeat(20 - filled)} ${percent} % ${note}`);
        open = true;
        if (percent === 100) endProgress();
      } else if (Math.floor(percent / 10) > lastTenth) {
        lastTenth = Math.floor(percent / 10);
        say(`${label} ${percent} % ${note}`.trimEnd());
      }
    },
    programLine: (program, line, stream) => {
      log.write(`[${program}] ${line}\n`);
      const { text, important } = readLine(line, stream);
      if (!verbose && !important) return;
      endProgress();
      console.log(`[${program}] ${text}`);
    },
    close: () => {
      endProgress();
      log.end();
    },
  };
}
