import type { SeedResult } from "@/prisma/seed";
import type { StartOptions } from "./options";

/** What the person reads when everything runs. */
export function summary(options: StartOptions, url: string, seeded: SeedResult, seconds: number): string {
  const logins = seeded.logins.map((login) => `    ${login.role.padEnd(8)} ${login.email}   password: ${login.password}`);
  return [
    "",
    options.console ? `  Headroom is ready after ${Math.round(seconds)} s: ${url}` : "  Headroom's workers are ready.",
    ...(logins.length > 0 ? ["", "  Sign in as", ...logins] : []),
    ...(options.demo ? ["", "  The demo fleet is simulated: its companies, traffic and GPU nodes do not exist."] : []),
    "",
    "  Stop everything with Ctrl-C. What it keeps is in HEADROOM_DATA_DIR (default .headroom).",
    "",
  ].join("\n");
}
