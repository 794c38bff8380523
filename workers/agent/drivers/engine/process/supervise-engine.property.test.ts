/**
 * Orders good and bad, crashes and abandoned orders in any sequence, over real processes. After each: what serves is the
 * last order that was carried out, it says so, and no engine lives that should not.
 */
import fc from "fast-check";
import { expect, it } from "vitest";
import { canonicalHash } from "@/lib/protocol/canonical";
import { superviseTestEngine, until } from "../../../testing/supervised-engine";
import { payloadOf } from "../engine-payload";

type Step =
  | { do: "order"; model: string; why: "offer" | "revert" }
  | { do: "bad order"; model: string }
  | { do: "abandon"; afterMs: number }
  | { do: "crash" }
  | { do: "crash while ordering"; model: string };

const good = fc.constantFrom("org/a", "org/b", "org/c");
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant("order" as const), model: good, why: fc.constantFrom("offer" as const, "revert" as const) }),
  fc.record({ do: fc.constant("bad order" as const), model: fc.constantFrom("x/crash-on-start", "x/lies") }),
  fc.record({ do: fc.constant("abandon" as const), afterMs: fc.integer({ min: 0, max: 120 }) }),
  fc.constant({ do: "crash" as const }),
  fc.record({ do: fc.constant("crash while ordering" as const), model: good }),
);

it.each(["side-by-side", "instead"] as const)(
  "%s: the last order that was carried out is what serves",
  async (replace) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 7 }), async (steps) => {
        const engine = await superviseTestEngine({ executor: { replace, drainSec: 1 } });
        const settings = (model: string) => ({ model, kvCacheDtype: "fp8" });
        const crash = () => fetch(new URL("/crash", engine.url)).catch(() => undefined);
        let last = "org/a";
        await engine.apply(settings(last));
        for (const [index, one] of steps.entries()) {
          const over = { generation: index + 2 };
          switch (one.do) {
            case "order":
              await engine.apply(settings(one.model), { ...over, why: one.why });
              last = one.model;
              break;
            case "bad order":
              await expect(engine.apply(settings(one.model), over)).rejects.toThrow(/out of memory|reads back as/);
              break;
            case "abandon": {
              const abort = new AbortController();
              const applied = engine.apply(settings("org/waits"), { ...over, signal: abort.signal });
              setTimeout(() => abort.abort(new Error("abandoned")), one.afterMs);
              await expect(applied).rejects.toThrow("abandoned");
              break;
            }
            case "crash":
              await crash();
              break;
            case "crash while ordering": {
              const applied = engine.apply(settings(one.model), over).then(
                () => true,
                () => false,
              );
              await crash();
              // The crash may have hit either engine: the order says which.
              if (await applied) last = one.model;
              break;
            }
          }
          const hash = canonicalHash(payloadOf(settings(last)));
          await until(
            async () => (await engine.driver.health()).ok && (await engine.driver.effectiveHash()) === hash,
            `${last} serves after ${JSON.stringify(steps.slice(0, index + 1))}`,
          );
          expect(await engine.ask("/argv")).toEqual(expect.arrayContaining([last]));
          await until(() => engine.alive().length <= (replace === "instead" ? 1 : 2), "no engine too many lives");
        }
        await engine.driver.close();
        expect(engine.alive()).toEqual([]);
      }),
      { numRuns: 4, endOnFailure: true },
    );
  },
  120_000,
);
