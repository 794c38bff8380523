import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nativeEvent } from "@/lib/testing/native-event";
import { nativeEventSchema } from "./schemas";
import { explainRefusal, isNativeEvent } from "./validate";

/** Values that are near a field's border, or nowhere near. */
const oddValue = fc.oneof(
  fc.constantFrom<unknown>(undefined, null, "", " ", 0, -0, -1, 0.5, 1e9, 1e9 + 1, 2 ** 31, 2 ** 53, 1e308, Number.NaN, Infinity),
  fc.constantFrom<unknown>(
    true,
    [],
    {},
    "success",
    "Success",
    "none",
    "exact",
    "2026-11-20T10:15:30Z",
    "2026-11-20T10:15:30.123456+05:30",
  ),
  fc.constantFrom<unknown>(
    "2024-02-29T00:00:00Z",
    "2026-02-29T00:00:00Z",
    "2026-11-20",
    "2026-11-20T24:00:00Z",
    "2026-11-20T10:15Z",
  ),
  fc.constantFrom<unknown>("x".repeat(64), "x".repeat(65), "x".repeat(200), "x".repeat(201), "😀".repeat(100), "😀".repeat(101)),
  fc.constantFrom<unknown>("\u0000", "\ud800", "a\udfffb", "\ud83d\ude00", "0.5", "1e5", "-1", "123456789.123456789012"),
  fc.constantFrom<unknown>(
    { input: 1 },
    { input: -1 },
    { inputs: 1 },
    { layer: "exact", hit: true },
    { latencyMs: 1.5 },
    { k: "v" },
    { k: 1 },
  ),
  fc.string(),
  fc.integer(),
  fc.double(),
);

const paths = [
  ...Object.keys(nativeEventSchema.shape).map((key) => [key]),
  ...["input", "output", "cacheWrite1h", "unknown"].map((key) => ["meters", key]),
  ...["latencyMs", "queueMs"].map((key) => ["timing", key]),
  ...["layer", "hit", "similarity"].map((key) => ["cache", key]),
  ["tags", "team"],
  ["tags", ""],
  ["tags", "x".repeat(65)],
  ["colour"],
  ["__proto__x"],
];

const mutation = fc.tuple(fc.constantFrom(...paths), oddValue);

function mutate(seed: number, mutations: [string[], unknown][]): Record<string, unknown> {
  const event = structuredClone(nativeEvent(seed, { cache: { layer: "none", hit: false } })) as Record<string, unknown>;
  for (const [path, value] of mutations) {
    const [first, second] = path as [string, string | undefined];
    const holder = event[first];
    if (second === undefined) event[first] = value;
    else if (holder !== null && typeof holder === "object") (holder as Record<string, unknown>)[second] = value;
    else event[first] = { [second]: value };
  }
  // What a sender can send: undefined is absent, NaN and infinity are only made by parsing 1e999.
  for (const key of Object.keys(event)) if (event[key] === undefined) delete event[key];
  return event;
}

describe("the compiled validator", () => {
  it("gives the same answer as the zod schema that it is made from", () => {
    let accepted = 0;
    let refused = 0;
    fc.assert(
      fc.property(fc.nat(1_000), fc.array(mutation, { maxLength: 3 }), (seed, mutations) => {
        const event = mutate(seed, mutations);
        const zod = nativeEventSchema.safeParse(event).success;
        expect(isNativeEvent(event)).toBe(zod);
        if (zod) accepted += 1;
        else refused += 1;
      }),
      { numRuns: 5_000, seed: 7 },
    );
    // Both answers are reached often enough to mean something.
    expect(Math.min(accepted, refused)).toBeGreaterThan(500);
  });

  it("agrees on things that are no objects at all", () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        expect(isNativeEvent(value)).toBe(nativeEventSchema.safeParse(value).success);
      }),
    );
  });

  it("explains every refusal with a code and a sentence", () => {
    fc.assert(
      fc.property(fc.nat(1_000), fc.array(mutation, { minLength: 1, maxLength: 3 }), (seed, mutations) => {
        const event = mutate(seed, mutations);
        if (isNativeEvent(event)) return;
        const { code, message } = explainRefusal(event);
        expect(code).toMatch(/^[a-z_0-9]+$/);
        expect(message).toMatch(/\.$/);
      }),
      { numRuns: 2_000, seed: 8 },
    );
  });
});
