import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mintSession, sessionCookie } from "@/lib/auth/session";
import { commentOnChange, createChange } from "@/lib/changes/store";
import { capOf, ctxOf, newPerson } from "@/lib/changes/testing/workspace";
import { db as processDb } from "@/lib/db";
import { testDatabase, type TestDatabase } from "@/lib/testing/database";
import { GET } from "./route";

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
  const secret = "a-secret-of-the-tests-with-32-characters";
  Object.assign(process.env, { DATABASE_URL: db.url, HEADROOM_SECRET: secret, HEADROOM_URL: "http://localhost:3000" });
});
afterAll(async () => {
  await processDb().close();
  await db.close();
});

type Person = Awaited<ReturnType<typeof newPerson>>;

async function open(person: Person, headers: Record<string, string> = {}, search = "") {
  const gone = new AbortController();
  const cookie = `${sessionCookie().name}=${await mintSession({ userId: person.id, epoch: 0 })}`;
  const request = new Request(`http://localhost:3000/api/v1/changes/stream${search}`, {
    headers: { cookie, ...headers },
    signal: gone.signal,
  });
  const answer = await GET(request, { params: Promise.resolve({}) });
  const reader = answer.body!.getReader();
  let text = "";
  /** Reads until `pattern` is there. */
  const until = async (pattern: RegExp) => {
    while (!pattern.test(text)) {
      const { done, value } = await reader.read();
      if (done) break;
      text += new TextDecoder().decode(value);
    }
    return text;
  };
  return { answer, until, close: () => gone.abort() };
}
const idsIn = (text: string) => [...text.matchAll(/^id: (\d+)$/gm)].map((match) => BigInt(match[1]!));

describe("GET /api/v1/changes/stream", () => {
  it("says which change is outdated as it happens, and after a break what was missed, once", async () => {
    const analyst = await newPerson(db, "analyst");
    const ctx = ctxOf(db, analyst);
    const first = await open(analyst);
    expect(first.answer.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    await first.until(/retry/);
    const { id } = await createChange(ctx, capOf("x", 1));
    const heard = await first.until(/"kind":"create"/);
    expect(heard).toContain(`event: stale\ndata: {"changeId":"${id}","kind":"create"}\n\n`);
    first.close();
    expect(await first.until(/never/)).toBe(heard);

    const last = idsIn(heard).at(-1)!;
    for (const text of ["one", "two"]) await commentOnChange(ctx, id, { text });
    const again = await open(analyst, { "last-event-id": String(last) });
    await again.until(/(comment[^]*){2}/);
    await commentOnChange(ctx, id, { text: "three" });
    const resumed = await again.until(/("kind":"comment"[^]*){3}/);
    expect(idsIn(resumed)).toEqual([last + 1n, last + 2n, last + 3n]);
    again.close();
  });

  it("tells somebody limited to tenants nothing of others", async () => {
    const limited = await newPerson(db, "viewer", { tenants: ["acme"] });
    const admin = ctxOf(db, await newPerson(db, "admin"));
    const others = await createChange(admin, capOf("x", 2));
    const scope = { level: "tenant", value: "acme" } as const;
    const own = await createChange(admin, { ...capOf("x", 3), edits: [{ kind: "tokens", scope, document: {}, baseVersion: 0 }] });
    const { until } = await open(limited, {}, "?wait=0&after=0");
    const text = await until(/never/);
    expect(text).toContain(own.id);
    expect(text).not.toContain(others.id);
  });
});
