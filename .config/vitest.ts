import path from "node:path";
import { defineConfig } from "vitest/config";

const root = path.join(import.meta.dirname, "..");
const shared = { resolve: { alias: { "@": root } }, root };

/** Two projects: `node` (pure and database tests) and `browser` (components in happy-dom). */
export default defineConfig({
  root,
  resolve: shared.resolve,
  oxc: { jsx: { runtime: "automatic" } },
  test: {
    projects: [
      {
        ...shared,
        test: {
          name: "node",
          include: ["{lib,workers,app}/**/*.test.ts"],
          globalSetup: [path.join(root, "lib/testing/global-setup.ts")],
          // Real processes on a machine that does other things as well: what never happens still fails, only later.
          testTimeout: 90_000,
          hookTimeout: 120_000,
          expect: { poll: { timeout: 20_000 } },
          env: { LOG_LEVEL: "silent", NODE_ENV: "test" },
        },
      },
      {
        ...shared,
        oxc: { jsx: { runtime: "automatic" } },
        test: {
          name: "browser",
          include: ["{components,app}/**/*.test.tsx"],
          environment: "happy-dom",
          testTimeout: 20_000,
          setupFiles: [path.join(root, "lib/testing/component-setup.ts")],
        },
      },
    ],
    maxWorkers: 2,
  },
});
