import { describe, expect, it } from "vitest";
import { parseDocument } from "../policies/store/schemas";
import { CHANGE_TEMPLATES, valuesOf, type TemplatePlace } from "./templates";

const template = (id: string) => CHANGE_TEMPLATES.find((one) => one.id === id)!;
const acme: TemplatePlace = {
  scope: { level: "tenant", value: "acme" },
  documents: {
    caching: { exact: { enabled: false, volatileFields: ["/user"] }, retrieval: { enabled: true } },
    routing: { routes: { classify: { timeoutMs: 9_000 } } },
  },
  effective: {
    routing: {
      routes: {
        code: { targets: { n1: { upstream: "n1", model: "qwen", weight: 1 }, n2: { upstream: "n2", model: "qwen", weight: 1 } } },
        classify: {
          targets: { mini: { upstream: "o", model: "mini", weight: 0 }, sonnet: { upstream: "a", model: "sonnet", weight: 1 } },
        },
        "embed-default": { targets: { embed: { upstream: "openai-sim", model: "text-embedding-3-small", weight: 1 } } },
      },
    },
    tokens: { maxOutputTokens: 900 },
  },
};
const llama: TemplatePlace = {
  scope: { level: "pool", value: "llama-8b" },
  documents: { engine: { model: "llama", servedModelName: "llama-chat", maxNumSeqs: 64 } },
  effective: { engine: { model: "llama", servedModelName: "llama-chat", maxNumSeqs: 64 } },
};

function made(id: string, place: TemplatePlace, chosen: Record<string, string> = {}) {
  const one = template(id);
  const values = valuesOf(one, place, chosen);
  return { title: one.title(place, values), edits: one.edits(place, values).map(({ kind, document }) => ({ kind, document })) };
}

describe("a template writes into what the scope says and leaves the rest of it", () => {
  it("exact cache", () => {
    expect(made("exact-cache", acme, { ttlSec: "600" })).toEqual({
      title: "Exact cache for tenant acme",
      edits: [
        {
          kind: "caching",
          document: {
            exact: { enabled: true, volatileFields: ["/user"], ttlSec: 600, scope: "tenant" },
            retrieval: { enabled: true },
          },
        },
      ],
    });
  });

  it("exact cache: keeps for minutes what goes stale", () => {
    const stale = { ...acme, effective: { ...acme.effective, caching: { traits: { timeSensitive: true } } } };
    expect(made("exact-cache", stale).edits[0]!.document).toMatchObject({ exact: { ttlSec: 300 } });
    expect(made("exact-cache", acme).edits[0]!.document).toMatchObject({ exact: { ttlSec: 3_600 } });
  });

  it("semantic cache: knows the embedding model from the route that makes embeddings", () => {
    expect(made("semantic-cache", acme).edits[0]!.document).toMatchObject({
      exact: { enabled: false },
      semantic: {
        enabled: true,
        threshold: 0.97,
        ttlSec: 3_600,
        embedding: { upstream: "openai-sim", model: "text-embedding-3-small" },
      },
    });
  });

  it("small model first: the light target answers first, the heavy one when that is not enough", () => {
    const { title, edits } = made("small-model-first", acme);
    expect(title).toBe("Route classify tries mini first for tenant acme");
    expect(edits).toMatchObject([
      {
        kind: "routing",
        document: { routes: { classify: { timeoutMs: 9_000, cascade: { first: "mini", escalateTo: "sonnet" } } } },
      },
    ]);
  });

  it("small model first: nodes of one model are no choice, and a place without one says so", () => {
    const field = template("small-model-first").fields(acme, {})[0]!;
    expect(field.options).toEqual(["classify"]);
    expect(template("small-model-first").missing!({ ...acme, effective: {} })).toMatch(/two models/);
  });

  it("a choice that is no longer offered falls back to the usual one", () => {
    const values = valuesOf(template("small-model-first"), acme, { route: "gone", first: "sonnet" });
    expect(values).toEqual({ route: "classify", first: "sonnet", escalateTo: "mini" });
  });

  it("output cap: three quarters of the one in force, 900 → 675", () => {
    expect(made("cap-outputs", acme)).toEqual({
      title: "Cap answers at 675 tokens for tenant acme",
      edits: [{ kind: "tokens", document: { maxOutputTokens: 675 } }],
    });
  });

  it("background lane: the lane is opened and the route is put on it", () => {
    expect(made("background-lane", acme, { route: "classify", maxWaitSec: "60" }).edits).toEqual([
      { kind: "batching", document: { background: { enabled: true, maxWaitSec: 60, concurrency: 4 } } },
      { kind: "routing", document: { routes: { classify: { timeoutMs: 9_000, lane: "batch" } } } },
    ]);
  });

  it("FP8 keeps the model; AWQ with another checkpoint keeps the name that routes use", () => {
    expect(made("fp8", llama, { kvCacheDtype: "fp8" }).edits[0]!.document).toEqual({
      model: "llama",
      servedModelName: "llama-chat",
      maxNumSeqs: 64,
      quantization: "fp8",
      kvCacheDtype: "fp8",
    });
    expect(made("awq", llama, { model: "llama-awq" }).edits[0]!.document).toMatchObject({
      quantization: "awq",
      model: "llama-awq",
      servedModelName: "llama-chat",
    });
  });

  it("batching limits: twice what is in force", () => {
    expect(made("batching-limits", llama)).toMatchObject({
      title: "Batches of 128 sequences on pool llama-8b",
      edits: [{ document: { maxNumSeqs: 128, maxNumBatchedTokens: 16_384 } }],
    });
  });
});

it.each(CHANGE_TEMPLATES.map(({ id, of }) => [id, of] as const))("%s writes a document of its kind", (id, of) => {
  for (const { kind, document } of made(id, of === "engines" ? llama : acme).edits) {
    expect(parseDocument(kind, document)).toHaveProperty("document");
  }
});
