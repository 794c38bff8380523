import type { Dimension } from "@/lib/metrics/schemas";

const LABELS: Record<Dimension, string> = {
  tenant: "Tenant",
  endpoint: "Endpoint",
  feature: "Feature",
  route: "Route",
  provider: "Provider",
  modelRequested: "Requested model",
  modelServed: "Model",
  gateway: "Gateway",
  pool: "GPU pool",
  node: "Node",
  region: "Region",
  engine: "Engine",
  precision: "Precision",
  cacheOutcome: "Cache outcome",
  status: "Status",
  errorClass: "Error class",
  lane: "Lane",
  variant: "Variant",
  generation: "Policy generation",
  actionStep: "Action step",
  apiKeyId: "API key",
  tags: "Tag",
};

export const dimensionLabel = (dimension: Dimension): string => LABELS[dimension];

/** "" means that the source did not say. */
export const dimensionValueLabel = (value: string | null | undefined): string => (value ? value : "(not set)");
