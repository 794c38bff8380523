"use client";
import { toast } from "sonner";
import { useSave } from "@/components/settings/use-save";
import type { Routing, RoutingView } from "@/lib/notifications/routing/schemas";

export const ROUTING = "/api/v1/notification-routing";

export interface RoutingEditor {
  document: Routing;
  busy: boolean;
  /** The whole document, on the version that is shown; rejects with what the server says. */
  store: (document: Routing) => Promise<void>;
  /** The same for a button without a form: what the server says is a toast. */
  change: (document: Routing) => void;
}

export function useRoutingEditor({ version, document }: RoutingView): RoutingEditor {
  const save = useSave(ROUTING);
  const store = async (next: Routing) => {
    await save.mutateAsync({ method: "PUT", path: ROUTING, body: { baseVersion: version, document: next } });
    toast.success("The routing is saved.");
  };
  return {
    document,
    busy: save.isPending,
    store,
    change: (next) =>
      void store(next).catch((error: unknown) => toast.error(error instanceof Error ? error.message : String(error))),
  };
}
