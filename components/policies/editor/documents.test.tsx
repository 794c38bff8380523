import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { diffLines } from "./diff-lines";
import { getIn, setIn } from "./set-in";

describe("setIn", () => {
  it("writes where nothing was, and takes out what it leaves empty", () => {
    const one = setIn({}, ["exact", "ttlSec"], 60);
    expect(one).toEqual({ exact: { ttlSec: 60 } });
    expect(setIn(one, ["exact", "enabled"], null)).toEqual({ exact: { ttlSec: 60, enabled: null } });
    expect(setIn(one, ["exact", "ttlSec"], undefined)).toEqual({});
    expect(setIn({ exact: null }, ["exact", "ttlSec"], 5)).toEqual({ exact: { ttlSec: 5 } });
  });
  it("leaves everything else, and the document it was given, as it was", () => {
    const document = { routes: { chat: { targets: { a: { weight: 1 } } }, code: {} } };
    const frozen = structuredClone(document);
    const written = setIn(document, ["routes", "chat", "targets", "a", "weight"], 3);
    expect(document).toEqual(frozen);
    expect(getIn(written, ["routes", "chat", "targets", "a", "weight"])).toBe(3);
    expect(getIn(written, ["routes", "code"])).toEqual({});
    expect(getIn(document, ["routes", "toString"])).toBeUndefined();
  });
});

describe("diffLines", () => {
  it("gives back both texts, whatever they are", () => {
    const text = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 12 }).map((lines) => lines.join("\n"));
    fc.assert(
      fc.property(text, text, (before, after) => {
        const diff = diffLines(before, after);
        const side = (drop: string) =>
          diff
            .filter(({ kind }) => kind !== drop)
            .map((line) => line.text)
            .join("\n");
        expect(side("added")).toBe(before);
        expect(side("removed")).toBe(after);
      }),
    );
  });
  it("marks one changed line as one removed and one added", () => {
    expect(diffLines("{\n1\n}", "{\n2\n}").map(({ kind }) => kind)).toEqual(["same", "removed", "added", "same"]);
  });
});
