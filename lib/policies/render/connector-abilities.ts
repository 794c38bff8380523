/**
 * What each foreign system can be told, from its own sources and documents. The renderers refuse by it, the agent's
 * drivers declare it: one list, so that the console never promises what a driver does not do.
 */
import type { Capability } from "@/lib/protocol/connectors";

export interface ConnectorAbilities {
  /** As people call it. */
  name: string;
  capabilities: readonly Capability[];
  /** From a successful write to what runs: how long the system may take, by its documents. */
  convergenceSec: number;
  /** The smallest share of a route that it can be given; null: no shares at all. */
  minWeightPercent: number | null;
}

export const LITELLM = {
  name: "LiteLLM",
  capabilities: ["routing", "weights", "canary", "shadow", "fallback", "readBack"],
  convergenceSec: 30,
  minWeightPercent: 0.01,
} as const satisfies ConnectorAbilities;

export const VLLM_ROUTER = {
  name: "The vLLM router",
  capabilities: ["routing", "readBack"],
  convergenceSec: 10,
  minWeightPercent: null,
} as const satisfies ConnectorAbilities;

export const PORTKEY = {
  name: "Portkey",
  capabilities: ["routing", "weights", "canary", "fallback", "readBack"],
  convergenceSec: 0,
  minWeightPercent: 0.01,
} as const satisfies ConnectorAbilities;
