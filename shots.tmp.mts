import { chromium } from "@playwright/test";
const base = "http://localhost:4800";
const b = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
const c = await b.newContext({ baseURL: base, viewport: { width: 1440, height: 900 } });
const p = await c.newPage();
await p.goto("/sign-in", { waitUntil: "networkidle" });
await p.getByLabel("Email").fill("lead@demo.headroom");
await p.getByLabel("Password", { exact: true }).fill("headroom-demo");
await p.getByRole("button", { name: "Sign in", exact: true }).click();
await p.waitForURL((u) => u.pathname !== "/sign-in");
const state = await c.storageState();
const go = async (name: string, path: string, width = 1440, dark = false, wait = 3000) => {
  const cc = await b.newContext({
    baseURL: base,
    storageState: state,
    viewport: { width, height: width < 600 ? 844 : 900 },
    colorScheme: dark ? "dark" : "light",
    reducedMotion: "reduce",
  });
  const pp = await cc.newPage();
  pp.on("pageerror", (e) => console.log(name, "ERR", e.message));
  await pp.goto(path, { waitUntil: "networkidle" }).catch(() => {});
  await pp.waitForTimeout(wait);
  const over = await pp.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  console.log(name, "overflow", over);
  await pp.screenshot({ path: `/tmp/adv-${name}.png`, fullPage: true });
  await cc.close();
};
for (const a of process.argv.slice(2)) {
  const [name, path, w, d, t] = a.split("|");
  await go(name!, path!, Number(w || 1440), d === "dark", Number(t || 3000));
}
await b.close();
