/** The decisions of bootstrap.mjs, pure and without packages. */

const LEAST_NODE = [20, 19, 0];

/** A message when this Node is too old, else undefined. */
export function nodeTooOld(version) {
  const parts = version.split(".").map(Number);
  for (let i = 0; i < LEAST_NODE.length; i++) {
    if (parts[i] > LEAST_NODE[i]) return undefined;
    if (parts[i] < LEAST_NODE[i]) {
      return `Headroom needs Node ${LEAST_NODE.slice(0, 2).join(".")} or newer; this is ${version}. Get it from https://nodejs.org and try again.`;
    }
  }
  return undefined;
}

/**
 * Why the installed packages are not those of the lockfile, or undefined when they are. `installed` is npm's own
 * record in node_modules, so a hand-run `npm ci` counts. Optional packages may be absent: they depend on the machine.
 */
export function lockMismatch(wanted, installed, { withDevelopment, exists }) {
  if (!wanted?.packages) return "package-lock.json is missing or broken";
  if (!installed?.packages) return "nothing is installed yet";
  for (const [folder, entry] of Object.entries(wanted.packages)) {
    if (folder === "" || entry.link) continue;
    const found = installed.packages[folder];
    if (found) {
      if (found.version !== entry.version) return `${folder.replace(/^node_modules\//, "")} should be ${entry.version}`;
      continue;
    }
    if (entry.optional || entry.devOptional || entry.peer || (entry.dev && !withDevelopment)) continue;
    return `${folder.replace(/^node_modules\//, "")} is missing`;
  }
  return ["node_modules/tsx", "node_modules/next", "node_modules/prisma"].every(exists)
    ? undefined
    : "node_modules is incomplete";
}
