/** Resolves at a moment, or at once when the demo stops. */
export function until(atMs: number, stopping: AbortSignal): Promise<void> {
  const ms = atMs - Date.now();
  if (ms <= 0 || stopping.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      stopping.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    stopping.addEventListener("abort", done);
  });
}
