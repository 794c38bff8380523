/** An order for an engine, checked: what it says, and the hash by which console and agent call it. Pure. */
import { z } from "zod";
import { canonicalHash } from "@/lib/protocol/canonical";
import { payloadSchema } from "@/lib/protocol/payload";
import { engineSettingsSchema, type EngineConfig, type EngineSettings } from "./config";
import { launchArguments } from "./launch-arguments";

export interface EngineOrder {
  payload: Record<string, unknown>;
  hash: string;
  settings: EngineSettings;
  /** Arguments that name the model, and all others. */
  model: string[];
  args: string[];
  /** The model as the engine is given it; undefined: the policy leaves it to the agent's own command. */
  modelGiven: string | undefined;
  /** The name under which the engine must list its model; undefined: it cannot be told beforehand. */
  servedAs: string | undefined;
}

const contentSchema = z.strictObject({ engine: engineSettingsSchema });

export function readOrder(config: EngineConfig, payload: Record<string, unknown>): EngineOrder | { refusal: string } {
  const envelope = payloadSchema.safeParse(payload);
  if (!envelope.success) return { refusal: `Its envelope is not understood: ${z.prettifyError(envelope.error)}` };
  if (envelope.data.connector !== "engine")
    return { refusal: `It is for ${envelope.data.connector}; this agent drives an engine.` };
  const content = contentSchema.safeParse(envelope.data.content);
  if (!content.success) return { refusal: z.prettifyError(content.error) };
  const settings = content.data.engine;
  const launch = launchArguments(config, settings);
  if ("refusals" in launch) return { refusal: launch.refusals.join(" ") };
  const modelGiven = launch.model[1];
  // llama.cpp lists the file that it fetched.
  const servedAs = settings.servedModelName ?? (config.engine === "llama.cpp" ? undefined : modelGiven);
  return { payload, hash: canonicalHash(payload), settings, ...launch, modelGiven, servedAs };
}

/** The payload that would say these settings, e.g. what the agent's own file runs at first. */
export const payloadOf = (engine: Record<string, unknown>) => ({ schema: 1, connector: "engine", content: { engine } });
