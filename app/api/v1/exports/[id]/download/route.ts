import { route } from "@/lib/auth/route";
import { requireUuid } from "@/lib/auth/route-id";
import { downloadExport } from "@/lib/exports";

export const dynamic = "force-dynamic";

export const GET = route<{ id: string }>({ role: "analyst", scope: "read" }, async ({ ctx, params }) => {
  const { name, contentType, bytes, chunks } = await downloadExport(ctx, requireUuid(params.id, "export"));
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { value, done } = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await chunks.return(undefined);
    },
  });
  return new Response(body, {
    headers: {
      "content-type": contentType,
      "content-length": String(bytes),
      "content-disposition": `attachment; filename="${name}"`,
      "cache-control": "no-store",
    },
  });
});
