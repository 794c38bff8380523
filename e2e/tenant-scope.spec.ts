import { expect, test } from "@playwright/test";
import { historyLoaded, pageOf, settled, sql } from "./journey";
import { PAGES } from "./pages";

test.describe("a viewer who is limited to one tenant", () => {
  test.beforeAll(historyLoaded);

  test("finds no other tenant's name on any page, nor by guessing addresses", async ({ browser }) => {
    const page = await pageOf(browser, "viewer");
    const { me } = (await (await page.request.get("/api/v1/me")).json()) as { me: { tenants: string[] } };
    expect(me).toMatchObject({ role: "viewer", tenants: [expect.any(String)] });
    const own = me.tenants[0]!;
    const others = (
      await sql<{ id: string; name: string }>("select id, name from tenant where id <> $1 and not discovered", [own])
    ).flatMap(({ id, name }) => [id, name]);
    expect(others.length).toBeGreaterThan(5);
    const [foreign] = await sql<{ request_id: string }>("select request_id from telemetry.event where tenant <> $1 limit 1", [
      own,
    ]);

    const guesses = [
      `/?tenant=${others[0]}`,
      `/explore?by=tenant&tenant=${others[0]}`,
      `/requests?tenant=${others[0]}&range=7d`,
      `/requests/${foreign!.request_id}`,
      "/explore?metrics=requests&by=tenant&range=7d",
    ];
    for (const path of [...PAGES.map((one) => one.path), ...guesses]) {
      await page.goto(path);
      await settled(page);
      const main = (await page.getByRole("main").innerText()).toLowerCase();
      const shown = others.filter(
        (name) => main.includes(name.toLowerCase()) && !path.toLowerCase().includes(name.toLowerCase()),
      );
      expect(shown, `${path} shows another tenant`).toEqual([]);
    }
    const exported = await page.request.get("/api/v1/export?metrics=cost_usd&groupBy=tenant");
    expect(exported.status()).toBe(403);
    await page.context().close();
  });
});
