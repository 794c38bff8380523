/**
 * A PROGRAM to be killed: a real sync client whose target is a file. It stops for ever at the step named by HALT_AT, says
 * so, and waits for its end.
 */
import fs from "node:fs";
import path from "node:path";
import { canonicalHash } from "..";
import { openDisk, type Disk } from "../client/disk";
import { loadIdentity } from "../client/identity";
import { startOnDisk } from "../client/start-sync-client";

const [stateDir, consoleUrl, haltAt] = process.argv.slice(2) as [string, string, string | undefined];
const runs = path.join(stateDir, "..", "runs.json");
const halt = () =>
  new Promise<never>(() => {
    process.stdout.write("halted\n");
    setInterval(() => undefined, 1_000);
  });

/** Halts around the record that says: generation 2 is being applied, or was. */
function halting(disk: Disk): Disk {
  let journals = false;
  return {
    ...disk,
    write: async (name, text) => {
      journals = text.includes('"applying":{"generation":2');
      if (haltAt === "after switch" && /"lastAttempt":\{"generation":2[^}]*"status":"applied"/.test(text)) await halt();
      await disk.write(name, text);
    },
    sync: async (name) => {
      if (journals && haltAt === "before fsync") await halt();
      await disk.sync(name);
    },
    syncFolder: async () => {
      await disk.syncFolder();
      if (journals && haltAt === "after fsync") await halt();
    },
  };
}

const client = await startOnDisk(
  {
    stateDir,
    identity: (await loadIdentity(stateDir))!,
    consoleUrl,
    program: { version: "1" },
    connector: "file",
    capabilities: () => [],
    applier: {
      refuse: () => null,
      apply: async (payload, step) => {
        if (step.generation === 2 && haltAt === "mid apply") await halt();
        fs.writeFileSync(runs, JSON.stringify(payload));
      },
      effectiveHash: () => (fs.existsSync(runs) ? canonicalHash(JSON.parse(fs.readFileSync(runs, "utf8"))) : null),
      health: () => ({ ok: true, crashes: 0, figures: {} }),
    },
    log: () => undefined,
    timing: { reconnectJitterMs: 50, pollGapMs: 10 },
  },
  halting(await openDisk(stateDir)),
);
await client.ready;
process.stdout.write(`ready ${client.running()?.generation ?? 0}\n`);
process.on("SIGTERM", () => void client.close().then(() => process.exit(0)));
