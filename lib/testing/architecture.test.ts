import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { projectRoot } from "@/lib/db/project-root";
import { importsOf, violations, type SourceFile } from "./imports";

function sources(folder: string): SourceFile[] {
  const root = projectRoot();
  return fs
    .readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(ts|tsx)$/.test(name) && !name.includes("generated"))
    .map((name) => ({
      path: `${folder}/${name.split(path.sep).join("/")}`,
      text: fs.readFileSync(path.join(root, folder, name), "utf8"),
    }));
}

describe("imports", () => {
  const files = ["app", "components", "lib", "workers", "e2e"].flatMap(sources);

  it("point one way, and no component reaches server code", () => {
    expect(files.length).toBeGreaterThan(30);
    expect(violations(files)).toEqual([]);
  });

  it.each([
    [
      "a lower layer that imports a higher one",
      "lib/money/planted.ts",
      'import { METRICS } from "@/lib/metrics/catalogue";',
      /higher layer/,
    ],
    [
      "telemetry that imports pricing",
      "lib/telemetry/planted.ts",
      'import { rateUsage } from "../pricing/rate";',
      /workers compose/,
    ],
    ["a component that imports the database", "components/planted.tsx", 'import { db } from "@/lib/db";', /reaches server code/],
    ["a component that imports a package of the server", "components/planted.tsx", 'import fs from "node:fs";', /node:fs/],
    ["a dynamic import upwards", "lib/time/planted.ts", 'const x = await import("@/lib/auth/actor");', /higher layer/],
  ])("a planted violation is caught: %s", (_, at, text, expected) => {
    expect(violations([...files, { path: at, text }]).join("\n")).toMatch(expected);
  });

  it("are read from every form of import", () => {
    const text = `import a from "./a";\nimport type { B } from "@/lib/b";\nexport { c } from "../c";\nimport "d";\nimport {\n  e,\n} from "e";\nawait import("./f");`;
    expect(importsOf({ path: "lib/x/y.ts", text }).map((one) => [one.to, one.typeOnly])).toEqual([
      ["lib/x/a", false],
      ["lib/b", true],
      ["lib/c", false],
      ["d", false],
      ["e", false],
      ["lib/x/f", false],
    ]);
  });
});
