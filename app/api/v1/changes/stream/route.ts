import type { Ctx } from "@/lib/auth/actor";
import { route } from "@/lib/auth/route";
import { listenToChanges, missedNotices, type StaleChange } from "@/lib/changes/store";

export const dynamic = "force-dynamic";

const HEARTBEAT_MS = 15_000;
/** Then the client comes back by itself, and is asked anew who it is: a right that was taken away ends here. */
const LONGEST_MS = 10 * 60_000;
const RETRY_MS = 2_000;

/**
 * Server-sent events: which change is outdated, never what it became. `Last-Event-ID` resumes without a gap;
 * `?wait=0` ends after what was missed.
 */
export const GET = route({ role: "viewer", scope: "read" }, async ({ ctx, request, url }) => {
  const last = /^\d{1,18}$/.exec(request.headers.get("last-event-id") ?? url.searchParams.get("after") ?? "")?.[0];
  return new Response(
    events(ctx, request.signal, last === undefined ? null : BigInt(last), url.searchParams.get("wait") === "0"),
    {
      headers: {
        "content-type": "text/event-stream; charset=utf-8",
        "cache-control": "no-cache, no-transform",
        // A proxy that collects answers would hold every event back.
        "x-accel-buffering": "no",
      },
    },
  );
});

function events(ctx: Ctx, signal: AbortSignal, after: bigint | null, once: boolean): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let stop = () => {};
  return new ReadableStream<Uint8Array>({
    async start(controller) {
      let over = false;
      const write = (text: string) => void (over || controller.enqueue(encoder.encode(text)));
      const tell = ({ id, changeId, kind }: StaleChange) =>
        write(`id: ${id}\nevent: stale\ndata: ${JSON.stringify({ changeId, kind })}\n\n`);
      write(`retry: ${RETRY_MS}\n\n`);
      // Listening begins before looking back, so that nothing falls between the two; what comes twice is told once.
      const waiting: StaleChange[] = [];
      let caughtUp = false;
      const hangUp = once
        ? () => {}
        : await listenToChanges(ctx.db, ctx.actor, (stale) => (caughtUp ? tell(stale) : void waiting.push(stale)));
      const missed = after === null ? [] : await missedNotices(ctx.db, ctx.actor, after);
      for (const stale of missed) tell(stale);
      const told = new Set(missed.map(({ id }) => id));
      for (const stale of waiting) if (!told.has(stale.id)) tell(stale);
      caughtUp = true;
      const heartbeat = setInterval(() => write(": still here\n\n"), HEARTBEAT_MS);
      const end = setTimeout(() => stop(), LONGEST_MS);
      stop = () => {
        if (over) return;
        over = true;
        clearInterval(heartbeat);
        clearTimeout(end);
        hangUp();
        signal.removeEventListener("abort", stop);
        controller.close();
      };
      signal.addEventListener("abort", stop);
      if (once || signal.aborted) stop();
    },
    cancel: () => stop(),
  });
}
