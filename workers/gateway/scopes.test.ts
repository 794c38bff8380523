/**
 * No answer ever reaches somebody who must not have it: random requests of random people, many at once, against the
 * running gateway. The upstream says in its answer whom it answered (it learns that from `metadata`, which is in no key).
 */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CLIENT_KEYS } from "./testing/gateway-process";
import { inProcess, routeOf, type TestGateway } from "./testing/in-process";
import { testUpstream, type TestUpstream } from "./testing/upstream";

const SCOPES = ["public", "tenant", "user"] as const;

interface Question {
  scope: (typeof SCOPES)[number];
  tenant: keyof typeof CLIENT_KEYS;
  user: string | null;
  route: "chat" | "other";
  promptVersion: string | null;
  prompt: string;
  tools: string | null;
  temperature: number | null;
  seed: number | null;
  text: string;
  stream: boolean;
}

const question: fc.Arbitrary<Question> = fc.record({
  scope: fc.constantFrom(...SCOPES),
  tenant: fc.constantFrom("acme", "globex"),
  // Ids that would spell another's partition, if ids were not escaped.
  user: fc.constantFrom("u1", "u2", "globex/u1", "%2F", null),
  route: fc.constantFrom("chat", "other"),
  promptVersion: fc.constantFrom("v1", "v2", null),
  prompt: fc.constantFrom("Be brief.", "Be kind."),
  tools: fc.constantFrom("search", "pay", null),
  temperature: fc.constantFrom(0, 1, null),
  seed: fc.constantFrom(1, null),
  text: fc.constantFrom("Where?", "When?"),
  stream: fc.boolean(),
});

/** At the same time; some of them twice. */
const wave = fc
  .array(fc.tuple(question, fc.integer({ min: 1, max: 2 })), { minLength: 1, maxLength: 6 })
  .map((asked) => asked.flatMap(([one, times]) => Array<Question>(times).fill(one)));

/** Everything that two requests must have in common to have one answer. `run` keeps one run's answers from the next. */
function mustAgree(asked: Question, layer: "exact" | "semantic"): Partial<Question> {
  const { scope, tenant, user, route, promptVersion, prompt, tools, temperature, seed, text } = asked;
  return {
    ...(scope === "public" ? {} : { tenant }),
    ...(scope === "user" ? { user } : {}),
    route,
    promptVersion,
    // Within a tenant its own version stands for the prompt; among tenants nobody may vouch for it.
    ...(promptVersion === null || scope === "public" ? { prompt } : {}),
    tools,
    temperature,
    seed,
    // The semantic cache is told here that all questions mean the same: then only their wording may differ.
    ...(layer === "exact" ? { text } : {}),
  };
}

describe.each(["exact", "semantic"] as const)("the %s cache", (layer) => {
  let upstream: TestUpstream;
  let gw: TestGateway;
  let run = 0;

  beforeAll(async () => {
    upstream = await testUpstream();
    upstream.behave((body) => ({
      text: String((body["metadata"] as { who?: string } | undefined)?.who),
      events: 1,
      delayMs: 5,
      vector: () => [1, 0],
    }));
    const routes = { chat: routeOf({ a: 1 }, { coalesce: true }), other: routeOf({ b: 1 }, { coalesce: true }) };
    const caching = (scope: string) =>
      layer === "exact"
        ? { exact: { enabled: true, scope } }
        : { semantic: { enabled: true, scope, embedding: { upstream: "a", model: "e" }, falseHitSamplePercent: 0 } };
    const layers = SCOPES.map((scope) => ({
      scope: { level: "endpoint", value: scope },
      policies: { caching: caching(scope) },
    }));
    gw = await inProcess({ a: upstream.url, b: upstream.url }, { routing: { routes } }, layers);
  });
  afterAll(async () => {
    await gw.stop();
    await upstream.close();
  });

  const send = async (asked: Question) => {
    const headers: Record<string, string> = { "x-headroom-endpoint": asked.scope };
    if (asked.user !== null) headers["x-headroom-user"] = asked.user;
    if (asked.promptVersion !== null) headers["x-headroom-prompt-version"] = asked.promptVersion;
    const body = {
      model: asked.route,
      messages: [
        { role: "system", content: asked.prompt },
        { role: "user", content: `Run ${run}.` },
        { role: "user", content: asked.text },
      ],
      metadata: { who: JSON.stringify(asked) },
      ...(asked.tools === null ? {} : { tools: [{ type: "function", function: { name: asked.tools } }] }),
      ...(asked.temperature === null ? {} : { temperature: asked.temperature }),
      ...(asked.seed === null ? {} : { seed: asked.seed }),
      ...(asked.stream ? { stream: true } : {}),
    };
    const answer = await gw.chat(body, { key: CLIENT_KEYS[asked.tenant], headers });
    expect(answer.status).toBe(200);
    return { cache: answer.headers.get("x-headroom-cache"), answered: answeredTo(answer.text) };
  };

  it("never gives one's answer to another, and gives everybody their own again", async () => {
    const outcomes = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(fc.array(wave, { minLength: 1, maxLength: 4 }), async (waves) => {
        run += 1;
        const check = async (asked: Question) => {
          const { cache, answered } = await send(asked);
          outcomes.set(cache!, (outcomes.get(cache!) ?? 0) + 1);
          // A test upstream's stream does not say whom it answers.
          if (answered) expect(mustAgree(answered, layer)).toEqual(mustAgree(asked, layer));
          return cache;
        };
        for (const wave of waves) await Promise.all(wave.map(check));
        for (const asked of waves.flat()) {
          const kept = !(asked.scope === "user" && asked.user === null) && !(layer === "semantic" && asked.tools !== null);
          const whole = { ...asked, stream: false };
          if (!kept) expect(await check(whole)).toBe("none");
          else {
            await check(whole);
            expect(await check(whole)).toBe(layer === "exact" ? "hit" : "semantic");
          }
        }
      }),
      { numRuns: 25 },
    );
    // It was no empty test: answers were shared, in flight and from the cache.
    expect(outcomes.get(layer === "exact" ? "hit" : "semantic")).toBeGreaterThan(100);
    expect(outcomes.get("coalesced")).toBeGreaterThan(0);
  }, 60_000);
});

/** Whole or streamed. */
function answeredTo(text: string): Question {
  const events = text.startsWith("{") ? [text] : [...text.matchAll(/^data: (\{.*)$/gm)].map(([, event]) => event!);
  const said = events.map((event) => {
    const { choices } = JSON.parse(event) as { choices: { message?: { content: string }; delta?: { content?: string } }[] };
    return choices[0]?.message?.content ?? choices[0]?.delta?.content ?? "";
  });
  return JSON.parse(said.join("")) as Question;
}
