/** The lever that an edit of a policy pulls: where a change stands that no finding proposed. Pure. */
import type { PolicyEdit } from "@/lib/changes/schemas";
import type { LeverId } from "./levers";

const isTree = (node: unknown): node is Record<string, unknown> => typeof node === "object" && node !== null;

export function leverOf({ kind, document }: Pick<PolicyEdit, "kind" | "document">): LeverId {
  switch (kind) {
    case "caching": {
      const on = (layer: string) => isTree(document[layer]) && document[layer]["enabled"] === true;
      const layer = (["exact", "semantic", "retrieval"] as const).find(on);
      return layer === undefined ? "exact_cache" : `${layer}_cache`;
    }
    case "routing": {
      const routes = isTree(document["routes"]) ? Object.values(document["routes"]) : [];
      return routes.some((route) => isTree(route) && "cascade" in route) ? "small_model_first" : "right_size";
    }
    case "batching":
      return "continuous_batching";
    case "tokens":
      return "output_cap";
    case "engine":
      return "quantization" in document && document["quantization"] !== "none" ? "quantization" : "continuous_batching";
  }
}
