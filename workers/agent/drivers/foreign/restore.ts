/** Do it, and when it fails put back what ran before; whoever asked learns both. */
import type { ClientLog } from "@/lib/protocol/client";

/** Going back must be possible when the one who asked has given up. */
const RESTORE_MS = 120_000;

export async function orRestore(
  log: ClientLog,
  act: () => Promise<void>,
  restore: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  try {
    await act();
  } catch (error) {
    const reason = inWords(error);
    log("warn", "apply failed, going back", { reason });
    await restore(AbortSignal.timeout(RESTORE_MS)).catch((second: unknown) => {
      log("error", "what ran before could not be put back", { reason: inWords(second) });
      throw new Error(`${reason} What ran before could not be put back either: ${inWords(second)}`, { cause: error });
    });
    throw error;
  }
}

export const inWords = (error: unknown) => (error instanceof Error ? error.message : String(error));
