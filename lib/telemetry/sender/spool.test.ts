import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { Spool } from "./spool";

interface Item {
  id: string;
  tenant: string;
}
const event = (id: string): Item => ({ id, tenant: "acme" });

describe("the spool", () => {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), "headroom-spool-"));
  const dirOf = () => fs.mkdtempSync(path.join(root, "s-"));
  afterAll(() => fs.rmSync(root, { recursive: true, force: true }));

  it("gives back after a crash what was written, without the line that was cut", async () => {
    const dir = dirOf();
    const before = new Spool(dir, 1_000_000);
    before.append(event("1"));
    before.append(event("2"));
    const [file] = fs.readdirSync(dir);
    fs.appendFileSync(path.join(dir, file!), '{"id":"3","ten');
    const after = new Spool(dir, 1_000_000);
    after.append(event("4"));
    const first = (await after.oldest())!;
    expect(first.lines.map((line) => (JSON.parse(line) as Item).id)).toEqual(["1", "2"]);
    after.delivered(first);
    const second = (await after.oldest())!;
    expect(second.lines.map((line) => (JSON.parse(line) as Item).id)).toEqual(["4"]);
    after.delivered(second);
    expect([await after.oldest(), after.bytes, fs.readdirSync(dir)]).toEqual([null, 0, []]);
  });

  it("keeps no more than its limit, and counts what it could not keep", () => {
    const spool = new Spool(dirOf(), 100);
    for (let index = 0; index < 10; index += 1) spool.append(event(String(index)));
    // A line is {"id":"0","tenant":"acme"} and its end: 27 bytes, three of them fit.
    expect([spool.bytes, spool.dropped]).toEqual([81, 7]);
  });

  it("that the disk refuses costs the event, not the request", async () => {
    const dir = dirOf();
    const spool = new Spool(dir, 1_000_000);
    fs.rmSync(dir, { recursive: true });
    spool.append(event("1"));
    expect(spool.dropped).toBe(1);
    fs.mkdirSync(dir);
    spool.append(event("2"));
    expect((await spool.oldest())!.lines).toEqual([JSON.stringify(event("2"))]);
  });

  it("seals a full segment: one delivery each", async () => {
    const dir = dirOf();
    const spool = new Spool(dir, 10_000_000);
    for (let index = 0; index < 1_801; index += 1) spool.append(event(String(index)));
    expect(fs.readdirSync(dir)).toHaveLength(3);
    expect((await spool.oldest())!.lines).toHaveLength(900);
  });
});
