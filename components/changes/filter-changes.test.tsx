import { describe, expect, it } from "vitest";
import type { ChangeStatus } from "@/lib/changes/request/machine";
import type { ChangeSummary } from "@/lib/changes/schemas";
import { countChanges, filterChanges, isNarrowed, type ChangeFilter } from "./filter-changes";

const change = (number: number, status: ChangeStatus, author: string) =>
  ({ id: String(number), number, status, author: { id: author, name: author } }) as ChangeSummary;
const ALL = [
  change(1, "in_review", "ada"),
  change(2, "in_review", "bob"),
  change(3, "draft", "bob"),
  change(4, "rolled_back", "ada"),
  change(5, "executing", "cy"),
];
const bob = { id: "bob", mayApprove: true };
const any: ChangeFilter = { status: "all", mine: false, awaiting: false };
const numbers = (filter: Partial<ChangeFilter>, reader = bob) =>
  filterChanges(ALL, { ...any, ...filter }, reader).map(({ number }) => number);

describe("filterChanges", () => {
  it("by where they stand", () => {
    expect(numbers({ status: "open" })).toEqual([1, 2, 3, 5]);
    expect(numbers({ status: "executing" })).toEqual([5]);
    expect(numbers({ status: "done" })).toEqual([4]);
  });

  it("mine: those that one drafted", () => expect(numbers({ mine: true })).toEqual([2, 3]));

  it("awaiting my approval: in review, of others, and only for who may approve", () => {
    expect(numbers({ awaiting: true })).toEqual([1]);
    expect(numbers({ awaiting: true }, { id: "dan", mayApprove: false })).toEqual([]);
  });

  it("counts what each choice would list with the others as they are", () => {
    const { status, mine, awaiting } = countChanges(ALL, { ...any, mine: true }, bob);
    expect(Object.fromEntries(status.map((one) => [one.status, one.count]))).toEqual({
      all: 2,
      open: 2,
      in_review: 1,
      executing: 0,
      done: 0,
    });
    expect([mine, awaiting]).toEqual([2, 0]);
  });

  it("knows whether anything is narrowed", () => {
    expect(isNarrowed(any)).toBe(false);
    expect(isNarrowed({ ...any, awaiting: true })).toBe(true);
  });
});
