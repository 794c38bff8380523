import { describe, expect, it } from "vitest";
import { parseConfig } from "@/lib/config";
import { parseOptions } from "./options";

const embedded = parseConfig({});
const own = parseConfig({ DATABASE_URL: "postgres://db/headroom" });

describe("parseOptions", () => {
  it("runs the demo with the embedded database only, unless a flag or HEADROOM_DEMO says otherwise", () => {
    expect(parseOptions([], embedded)).toEqual({
      port: 3000,
      demo: true,
      dev: false,
      console: true,
      reset: false,
      verbose: false,
    });
    expect(parseOptions([], own)).toMatchObject({ demo: false });
    expect(parseOptions(["--demo"], own)).toMatchObject({ demo: true });
    expect(parseOptions(["--no-demo"], embedded)).toMatchObject({ demo: false });
    expect(parseOptions([], parseConfig({ HEADROOM_DEMO: "false" }))).toMatchObject({ demo: false });
  });

  it("takes the port from the flag, else from PORT, and names what is wrong with it", () => {
    expect(parseOptions(["--port", "4000"], embedded)).toMatchObject({ port: 4000 });
    expect(parseOptions([], parseConfig({ PORT: "3100" }))).toMatchObject({ port: 3100 });
    for (const port of ["0", "70000", "http"]) expect(() => parseOptions(["--port", port], embedded)).toThrow(`not "${port}"`);
  });

  it("never deletes an own database, and refuses flags it does not know", () => {
    expect(() => parseOptions(["--reset"], own)).toThrow("DATABASE_URL is set");
    expect(() => parseOptions(["--demoo"], embedded)).toThrow("--demoo");
    expect(parseOptions(["--help"], embedded)).toBe("help");
  });
});
