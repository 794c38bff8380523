import { parseArgs } from "node:util";
import type { Config } from "@/lib/config";

export interface StartOptions {
  port: number;
  demo: boolean;
  /** Console through `next dev`: no build, reloads on change. */
  dev: boolean;
  /** Database and workers without the console: for machines that only work. */
  console: boolean;
  /** Throw the embedded database away first. */
  reset: boolean;
  /** Every line of every program in the terminal, not only warnings. */
  verbose: boolean;
}

export const HELP = `Headroom: npm start -- [flags]

  --port <n>     port of the console (default 3000, or PORT)
  --demo         run the simulated demo fleet even with an own DATABASE_URL
  --no-demo      no demo fleet
  --no-console   database and background workers only
  --dev          console in development mode: no build, reloads on change
  --verbose      show every program's log lines (they are always kept in HEADROOM_DATA_DIR/log)
  --reset        delete the embedded database and start from nothing
  --help         this text

Settings are environment variables; README.md lists them.`;

/** Read the flags; throws an Error whose message names the flag. `help` asks for HELP instead of a start. */
export function parseOptions(args: readonly string[], config: Config): StartOptions | "help" {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      port: { type: "string" },
      demo: { type: "boolean" },
      console: { type: "boolean" },
      dev: { type: "boolean" },
      verbose: { type: "boolean" },
      reset: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return "help";
  const port = values.port === undefined ? config.PORT : Number(values.port);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new Error(`--port must be a number from 1 to 65535, not "${values.port ?? config.PORT}".`);
  }
  const ownDatabase = config.DATABASE_URL !== undefined;
  if (values.reset && ownDatabase) {
    throw new Error("--reset deletes only the embedded database; DATABASE_URL is set. Empty your own database yourself.");
  }
  return {
    port,
    demo: values.demo ?? (!ownDatabase && config.HEADROOM_DEMO),
    dev: values.dev ?? false,
    console: values.console ?? true,
    reset: values.reset ?? false,
    verbose: values.verbose ?? false,
  };
}
