/** How the launcher learns that a program is ready. */

const CONSOLE_READY_MS = 120_000;

/** Resolves when the program says "ready" over IPC, or after `limitMs`: a program that does not say so is not waited for. */
export function ready(limitMs: number): { done: Promise<void>; onMessage: (message: unknown) => void } {
  let resolve!: () => void;
  const done = new Promise<void>((settle) => (resolve = settle));
  setTimeout(resolve, limitMs).unref();
  return {
    done,
    onMessage: (message) => {
      if ((message as { type?: string }).type === "ready") resolve();
    },
  };
}

/** Wait until the console at `url` answers with anything but a server error. */
export async function answers(url: string, stopping: AbortSignal): Promise<void> {
  const until = Date.now() + CONSOLE_READY_MS;
  let last = "it does not answer";
  while (!stopping.aborted) {
    try {
      const response = await fetch(`${url}/healthz`, { redirect: "manual", signal: AbortSignal.timeout(60_000) });
      if (response.status < 500) return;
      last = `it answers with status ${response.status}`;
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
    if (Date.now() > until) {
      throw new Error(`The console at ${url} did not become ready: ${last}. See the log in HEADROOM_DATA_DIR/log.`);
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error("stopped");
}
