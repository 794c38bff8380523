import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { parseConfig } from "./env";
import { withConfigTable } from "./readme-table";

describe("settings", () => {
  it("have defaults that start everything", () => {
    const config = parseConfig({});
    expect(config.PORT).toBe(3000);
    expect(config.publicUrl).toBe("http://localhost:3000");
    expect(config.HEADROOM_DEMO).toBe(true);
  });

  it("name every wrong one with its fix, in one error", () => {
    expect(() => parseConfig({ DATABASE_URL: "mysql://x", HEADROOM_SECRET: "short" })).toThrow(
      /DATABASE_URL: must start with postgres[\s\S]*HEADROOM_SECRET: must be at least 32 characters/,
    );
  });

  it("count an empty text as absent", () => {
    expect(parseConfig({ REDIS_URL: "" }).REDIS_URL).toBeUndefined();
  });

  it("are in the README as the schema says them", () => {
    const readme = fs.readFileSync(path.join(import.meta.dirname, "../../README.md"), "utf8");
    expect(readme).toBe(withConfigTable(readme));
  });
});
