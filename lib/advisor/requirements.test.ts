/** The table of requirements in README.md is true: every number is there, with a page and a test that exist. */
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { projectRoot } from "@/lib/db/project-root";
import { CALCULATORS } from "./calculators/catalogue";

const root = projectRoot();
const here = path.join(root, "lib/advisor");

interface Requirement {
  id: string;
  seenAt: string[];
  tests: string[];
}

const inCode = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code!);

function read(): Requirement[] {
  const [, table] = fs.readFileSync(path.join(here, "README.md"), "utf8").split("## Where each requirement is");
  return table!
    .split("\n")
    .filter((line) => /^\| (\d|§)/.test(line))
    .map((line) => {
      const [, id, , seenAt, tests] = line.split("|").map((cell) => cell.trim());
      return { id: id!, seenAt: inCode(seenAt!), tests: inCode(tests!) };
    });
}

const requirements = read();
const isPage = (address: string) => fs.existsSync(path.join(root, "app/(console)", address, "page.tsx"));
const isFile = (file: string) => [here, root].some((folder) => fs.existsSync(path.join(folder, file)));

describe("the table of requirements", () => {
  it("has each number once, 1 to 42, and the levers, the defects and the ledger", () => {
    const wanted = [...Array.from({ length: 42 }, (_, index) => String(index + 1)), "§3", "§6", "§7"];
    expect(requirements.map(({ id }) => id).toSorted()).toEqual(wanted.toSorted());
  });

  it.each(requirements.map((one) => [one.id, one] as const))("%s is seen on a page and has a test", (_, { seenAt, tests }) => {
    expect(seenAt.length).toBeGreaterThan(0);
    expect(seenAt.filter((where) => (where.startsWith("/") ? !isPage(where) : !CALCULATORS.has(where)))).toEqual([]);
    expect(tests.length).toBeGreaterThan(0);
    expect(tests.filter((file) => !/\.(test|spec)\.tsx?$/.test(file) || !isFile(file))).toEqual([]);
  });

  it("names every calculator", () => {
    const named = new Set(requirements.flatMap(({ seenAt, tests }) => [...seenAt, ...tests]));
    expect([...CALCULATORS.keys()].filter((id) => !named.has(id))).toEqual([]);
  });
});
