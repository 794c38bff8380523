import { expect, it } from "vitest";
import type { NativeEvent } from "@/lib/telemetry/schemas";
import { gatewayConfigSchema } from "./config";
import { ownFacts } from "./own-facts";

const event = (tenant: string, tags?: Record<string, string>) => ({ id: "e", tenant, ...(tags ? { tags } : {}) }) as NativeEvent;
const configWith = (over: object) =>
  gatewayConfigSchema.parse({
    name: "gw",
    upstreams: {},
    identity: {
      clients: { app: { keyEnv: "A", tenant: "acme", tags: { team: "care" } }, other: { keyEnv: "B", tenant: "globex" } },
    },
    ...over,
  });

it("region and tags of the tenant are on every event; the gateway's own tags stay and win", () => {
  const complete = ownFacts(configWith({ region: "eu-west-1" }));
  expect(complete(event("acme", { usage: "estimated" }))).toEqual({
    id: "e",
    tenant: "acme",
    region: "eu-west-1",
    tags: { team: "care", usage: "estimated" },
  });
  expect(complete(event("acme", { team: "mine" })).tags).toEqual({ team: "mine" });
  expect(complete(event("globex"))).toEqual({ id: "e", tenant: "globex", region: "eu-west-1" });
});

it("a file that says nothing adds nothing", () => {
  const untouched = event("globex");
  const complete = ownFacts(configWith({ identity: { anonymousTenant: "globex" } }));
  expect(complete(untouched)).toBe(untouched);
});
