/** A name that is still free. Pure. */
import type { Connector } from "@/lib/protocol/connectors";

const PREFIX: Record<Connector, string> = {
  "headroom-gateway": "gateway",
  engine: "gpu-node",
  litellm: "litellm",
  "vllm-router": "vllm-router",
  portkey: "portkey",
  file: "router",
  webhook: "router",
};

/** "gateway-3" when gateway-1 and gateway-2 are taken. */
export function suggestName(connector: Connector, taken: readonly { name: string }[]): string {
  const names = new Set(taken.map(({ name }) => name));
  for (let number = 1; ; number++) {
    const name = `${PREFIX[connector]}-${number}`;
    if (!names.has(name)) return name;
  }
}
