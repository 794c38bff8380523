import { expect, it } from "vitest";
import { standingOf, type DecayPoint } from "./decay";

const point = (lowShare: number | null, highShare: number | null, final = true): DecayPoint => ({
  final,
  share: lowShare === null ? null : (lowShare + highShare!) / 2,
  lowShare,
  highShare,
});

it("is what the newest stretch with a result says", () => {
  expect(standingOf([])).toBe("waiting");
  expect(standingOf([point(null, null)])).toBe("waiting");
  expect(standingOf([point(0.2, 0.4), point(null, null)])).toBe("saving");
  expect(standingOf([point(-0.1, 0.4)])).toBe("unproven");
  expect(standingOf([point(-0.4, -0.1)])).toBe("loss");
});

it("evaporates when it surely is less than half of what it surely was, over a whole stretch", () => {
  expect(standingOf([point(0.3, 0.5), point(0.05, 0.14)])).toBe("evaporated");
  expect(standingOf([point(0.3, 0.5), point(0.05, 0.16)])).toBe("saving");
  expect(standingOf([point(0.3, 0.5), point(0.05, 0.14, false)])).toBe("saving");
  expect(standingOf([point(0.3, 0.5), point(-0.2, -0.1)])).toBe("evaporated");
});
