import { route } from "@/lib/auth/route";
import { readJson } from "@/lib/http";
import { markRead, readInbox } from "@/lib/notifications/inbox/read-inbox";
import { markReadSchema } from "@/lib/notifications/inbox/schemas";

/** The inbox of whoever asks. */
export const GET = route({ role: "viewer", scope: "read" }, ({ ctx, url }) =>
  readInbox(ctx, Object.fromEntries(url.searchParams)),
);

/** Everything up to one is read. */
export const POST = route({ role: "viewer" }, async ({ ctx, request }) => {
  await markRead(ctx, await readJson(request, markReadSchema));
  return { ok: true };
});
