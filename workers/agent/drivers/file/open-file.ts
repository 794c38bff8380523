/**
 * A file that some program reads: written whole, the program told, its probe asked, the bytes read again. Anything that
 * fails puts the old bytes back and tells the program again.
 */
import fs from "node:fs/promises";
import { documentContentSchema } from "@/lib/policies/render/file";
import type { ApplyStep } from "@/lib/protocol/client";
import { canonicalHash } from "@/lib/protocol/canonical";
import type { OpenDriver } from "../driver";
import { ask, briefly, type System } from "../foreign/ask";
import { readContent } from "../foreign/read-content";
import { readBytes, removeFile, replaceBytes } from "../foreign/replace-bytes";
import { inWords, orRestore } from "../foreign/restore";
import { settle } from "../foreign/settle";
import type { FileConfig } from "./config";
import { fillTemplate } from "./fill-template";
import { runReload } from "./run-reload";
import { toYaml } from "./to-yaml";

const LOOK_EVERY_MS = 500;

export const openFile: OpenDriver<FileConfig> = async (config, deps) => {
  const template = typeof config.format === "object" ? await readTemplate(config.format.template) : null;
  /** In force by our own count; what is in the file decides. */
  let applied: { payload: Record<string, unknown>; text: string } | null = null;

  const textOf = (payload: Record<string, unknown>): { text: string } | { problem: string } => {
    const { content } = payload as { content: unknown };
    if (template !== null) return fillTemplate(template, content, canonicalHash(payload));
    return { text: config.format === "yaml" ? toYaml(content) : `${JSON.stringify(content, null, 2)}\n` };
  };
  const refuse = (payload: Record<string, unknown>): string | null => {
    const read = readContent("file", documentContentSchema, payload);
    if ("refusal" in read) return read.refusal;
    const written = textOf(payload);
    return "problem" in written ? written.problem : null;
  };

  const reload = async (payloadHash: string, signal: AbortSignal) => {
    if (!config.reload) return;
    // Not the agent's own environment: its secrets are none of this command's business.
    const { PATH = "/usr/local/bin:/usr/bin:/bin", HOME = "/" } = deps.env;
    const env = { PATH, HOME, HEADROOM_FILE: config.path, HEADROOM_HASH: payloadHash };
    await runReload(config.reload, { env, cwd: deps.stateDir, signal });
  };
  const probe = async (signal: AbortSignal) => {
    const { probe } = config;
    if (!probe) return;
    const system: System = { name: `The probe ${probe.url}`, timeoutMs: probe.timeoutSec * 1_000 };
    const patience = { withinSec: probe.withinSec, everyMs: LOOK_EVERY_MS, times: 1, signal };
    const bad = await settle(deps.clock, patience, async () => {
      await ask(deps, system, { method: "GET", url: new URL(probe.url), signal });
      return null;
    });
    if (bad !== null) throw new Error(bad);
  };

  const apply = async (payload: Record<string, unknown>, step: ApplyStep) => {
    const refusal = refuse(payload);
    const written = textOf(payload);
    if (refusal !== null || "problem" in written) throw new Error(refusal ?? "The template cannot be filled.");
    const { text } = written;
    const before = await readBytes(config.path);
    step.progress("applying");
    if (before?.toString("utf8") === text && step.why === "boot") {
      await probe(step.signal);
      applied = { payload, text };
      return;
    }
    const hash = canonicalHash(payload);
    await orRestore(
      deps.log,
      async () => {
        await replaceBytes(config.path, text);
        await reload(hash, step.signal);
        step.progress("warming");
        await probe(step.signal);
        if ((await readBytes(config.path))?.toString("utf8") !== text) {
          throw new Error(`${config.path} does not hold what was written: something else writes it too.`);
        }
      },
      async (signal) => {
        if (before) await replaceBytes(config.path, before);
        else await removeFile(config.path);
        await reload(applied ? canonicalHash(applied.payload) : "", signal);
        if (before) await probe(signal);
      },
    );
    applied = { payload, text };
  };

  return {
    connector: "file",
    capabilities: [...new Set([...config.capabilities, "readBack" as const])],
    refuse,
    apply,
    async effectiveHash() {
      if (applied === null) return null;
      const bytes = await readBytes(config.path);
      if (bytes?.toString("utf8") === applied.text) return canonicalHash(applied.payload);
      return canonicalHash({ file: bytes === null ? null : bytes.toString("base64") });
    },
    async health() {
      const { probe } = config;
      if (!probe) return { ok: true, crashes: 0, figures: {} };
      const system: System = { name: `The probe ${probe.url}`, timeoutMs: probe.timeoutSec * 1_000 };
      const down = await ask(deps, briefly(system), { method: "GET", url: new URL(probe.url) }).then(() => null, inWords);
      return down === null ? { ok: true, crashes: 0, figures: {} } : { ok: false, reason: down, crashes: 0, figures: {} };
    },
    hardware: () => null,
    close: () => Promise.resolve(),
  };
};

async function readTemplate(file: string): Promise<string> {
  return fs.readFile(file, "utf8").catch((error: unknown) => {
    throw new Error(`The template ${file} cannot be read: ${inWords(error)}`);
  });
}
