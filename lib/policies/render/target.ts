/** What a renderer is given and what it answers. */
import type { Connector, Hardware } from "@/lib/protocol/connectors";
import type { EngineLayer, EnginePolicy, GatewayPolicy, PolicyLayer } from "../schemas";

export interface RenderTarget {
  /** Unique in the workspace; of an engine, the value of scope `node`. */
  name: string;
  connector: Connector;
  environment: string;
  pool: string | null;
  capabilities: readonly string[];
  /** What its agent saw; null: nothing yet. */
  hardware: Hardware | null;
}

/** Everything the workspace says; each renderer takes what concerns its target. */
export interface PolicySet {
  gateway: readonly PolicyLayer[];
  engine: readonly EngineLayer[];
}

export interface RenderInput {
  target: RenderTarget;
  /** Of the target's environment, every tenant and endpoint, broad first. Never empty for a connector of gateways. */
  layers: readonly PolicyLayer[];
  /** Effective in the target's environment for a tenant and endpoint that no layer names; defaults filled in. */
  policy: GatewayPolicy;
  /** Of the target's pool and node, with what layers really say; null when none does. */
  engine: { effective: EnginePolicy; stated: Record<string, unknown> } | null;
}

/**
 * Content as the applier of this connector takes it, or every reason why it cannot have one. Same input, same content:
 * no clock, no order of database rows. Warnings are said in the preview and change nothing.
 */
export type Rendering = { content: Record<string, unknown>; warnings?: string[] } | { refusals: string[] };
export type Renderer = (input: RenderInput) => Rendering;
