import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mergeThreeWay, same } from "./three-way";

const document = fc.letrec((tie) => ({
  tree: fc.dictionary(
    fc.constantFrom("a", "b", "c"),
    fc.oneof({ depthSize: "small" }, fc.nat(2), fc.constant(null), tie("tree")),
    { maxKeys: 3 },
  ),
})).tree as fc.Arbitrary<Record<string, unknown>>;

describe("mergeThreeWay", () => {
  it("takes both edits where they do not meet", () => {
    const base = { routes: { chat: { timeoutMs: 500, targets: { a: { weight: 1 }, b: { weight: 1 } } } } };
    const yours = { routes: { chat: { timeoutMs: 500, targets: { a: { weight: 3 }, b: { weight: 1 } } } } };
    const theirs = { routes: { chat: { timeoutMs: 900, targets: { a: { weight: 1 } } }, code: { timeoutMs: 100 } } };
    expect(mergeThreeWay(base, yours, theirs)).toMatchObject({
      merged: { routes: { chat: { timeoutMs: 900, targets: { a: { weight: 3 } } }, code: { timeoutMs: 100 } } },
      conflicts: [],
    });
  });
  it("names every value that both changed, with all three", () => {
    expect(mergeThreeWay({ ttlSec: 60, on: true }, { ttlSec: 90, on: true }, { ttlSec: 120, on: false })).toEqual({
      merged: null,
      conflicts: [{ path: "/ttlSec", base: 60, yours: 90, theirs: 120 }],
      keepingYours: { ttlSec: 90, on: false },
      keepingTheirs: { ttlSec: 120, on: false },
    });
  });
  it("is a conflict to change inside what the other took away or unset", () => {
    const base = { chat: { a: 1, b: 1 } };
    expect(mergeThreeWay(base, { chat: { a: 2, b: 1 } }, {}).conflicts.map((one) => one.path)).toEqual(["/chat"]);
    expect(mergeThreeWay(base, { chat: { a: 2, b: 1 } }, { chat: null }).conflicts[0]).toMatchObject({ theirs: null });
  });
  it("is a conflict to change two parts of one response format: half of each is no format", () => {
    const format = (name: string, type: string) => ({ responseFormat: { type, json_schema: { name } } });
    const { conflicts } = mergeThreeWay(format("x", "s"), format("y", "s"), format("x", "t"));
    expect(conflicts.map((one) => one.path)).toEqual(["/responseFormat"]);
  });

  it("nobody's edit is lost: one side unchanged gives the other side, and equal edits give that edit", () => {
    fc.assert(
      fc.property(document, document, (base, edit) => {
        expect(mergeThreeWay(base, edit, base)).toMatchObject({ merged: edit, conflicts: [] });
        expect(mergeThreeWay(base, base, edit)).toMatchObject({ merged: edit, conflicts: [] });
        expect(mergeThreeWay(base, edit, edit)).toMatchObject({ merged: edit, conflicts: [] });
      }),
      { numRuns: 1_000 },
    );
  });
  it("does not depend on whose side is called yours", () => {
    fc.assert(
      fc.property(document, document, document, (base, yours, theirs) => {
        const one = mergeThreeWay(base, yours, theirs);
        const other = mergeThreeWay(base, theirs, yours);
        expect(one.merged).toEqual(other.merged);
        expect(one.keepingYours).toEqual(other.keepingTheirs);
        expect(one.conflicts.map((conflict) => conflict.path).toSorted()).toEqual(
          other.conflicts.map((conflict) => conflict.path).toSorted(),
        );
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("same", () => {
  it("does not look at the order of keys, but at everything else", () => {
    expect(same({ a: 1, b: [1, { c: null }] }, { b: [1, { c: null }], a: 1 })).toBe(true);
    expect(same([1, 2], [2, 1])).toBe(false);
    expect(same({ a: null }, {})).toBe(false);
    expect(same({ a: 0 }, { a: null })).toBe(false);
  });
});
