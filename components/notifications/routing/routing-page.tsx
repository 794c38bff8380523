"use client";
import { ArrowDown, ArrowUp, Plus } from "lucide-react";
import { formatInstant } from "@/components/format/time-label";
import { useWorkspace } from "@/components/layout/workspace";
import { useApi } from "@/components/query";
import { QueryCard } from "@/components/states";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import type { ChannelView } from "@/lib/notifications/channels/schemas";
import { addRoute, freeRouteId, moveRoute, removeRoute, replaceRoute } from "@/lib/notifications/routing/edit-routing";
import { DEFAULT_ROUTE, resolveRoute } from "@/lib/notifications/routing/find-routes";
import { MOST_DEPTH, type Route, type RoutingView } from "@/lib/notifications/routing/schemas";
import { wordMatcher } from "../words";
import { InhibitionsCard } from "./inhibitions-card";
import { emptyRoute, RootDialog, RouteDialog } from "./route-dialog";
import { SchedulesCard } from "./schedules-card";
import { ROUTING, useRoutingEditor, type RoutingEditor } from "./use-routing";
import { wordOwn } from "./word-route";

/** Who is told of what: routes from the top, the first that matches takes it. */
export function RoutingPage() {
  const query = useApi<RoutingView>(ROUTING);
  const channels = useApi<{ channels: ChannelView[] }>("/api/v1/notification-channels");
  const known = channels.data?.channels ?? [];
  return (
    <>
      <QueryCard
        title="Routes"
        description="From the top, the first route that matches takes a notification; what none takes goes to the last one."
        query={query}
        isEmpty={() => false}
      >
        {(view) => <Routes view={view} channels={known} />}
      </QueryCard>
      {query.data ? (
        <div className="grid items-start gap-4 xl:grid-cols-2">
          <SchedulesCard view={query.data} />
          <InhibitionsCard view={query.data} />
        </div>
      ) : null}
    </>
  );
}

function Routes({ view, channels }: { view: RoutingView; channels: readonly ChannelView[] }) {
  const { timeZone } = useWorkspace();
  const editor = useRoutingEditor(view);
  const { document, busy, store } = editor;
  const known = { channels, schedules: document.schedules };
  return (
    <div className="flex flex-col gap-4">
      <p className="text-xs text-muted-foreground">
        {view.updatedBy && view.updatedAt
          ? `Version ${view.version}, by ${view.updatedBy}, ${formatInstant(view.updatedAt, timeZone)}.`
          : "Nobody has changed it yet: everything is in the inbox only."}
        {view.mutedNow.length > 0 ? ` Muted now: ${view.mutedNow.join(", ")}.` : ""}
      </p>
      <ol className="flex flex-col gap-2" aria-label="Routes in order">
        {document.root.routes.map((route) => (
          <RouteRow
            key={route.id}
            route={route}
            parentId="root"
            siblings={document.root.routes}
            depth={1}
            editor={editor}
            channels={channels}
          />
        ))}
        <li className="flex flex-wrap items-start justify-between gap-2 rounded-md border p-3">
          <div className="min-w-0">
            <p className="text-sm font-medium">Everything else</p>
            <p className="text-[13px] break-words text-muted-foreground">{wordOwn(document.root, channels)}</p>
          </div>
          <RootDialog
            trigger={
              <Button size="sm" variant="outline" disabled={busy} aria-label="Edit what no route takes">
                Edit
              </Button>
            }
            initial={document.root}
            known={{ ...known, above: DEFAULT_ROUTE, aboveName: "Default" }}
            onSave={(root) => store({ ...document, root })}
          />
        </li>
      </ol>
      <AddRoute editor={editor} parent={null} channels={channels} />
    </div>
  );
}

/** `parent` null: at the top. */
function AddRoute({
  editor: { document, busy, store },
  parent,
  channels,
}: {
  editor: RoutingEditor;
  parent: Route | null;
  channels: readonly ChannelView[];
}) {
  const above = resolveRoute(document, parent?.id ?? "root") ?? DEFAULT_ROUTE;
  return (
    <RouteDialog
      trigger={
        parent === null ? (
          <Button size="sm" className="self-start" disabled={busy}>
            <Plus aria-hidden /> Add route
          </Button>
        ) : (
          <Button size="sm" variant="outline" disabled={busy} aria-label={`Add a route below ${parent.name}`}>
            Add below
          </Button>
        )
      }
      initial={emptyRoute("new")}
      known={{ channels, schedules: document.schedules, above, aboveName: "As above" }}
      title={parent === null ? "Add a route" : `Add a route below ${parent.name}`}
      submit="Add route"
      onSave={(route) => store(addRoute(document, parent?.id ?? null, { ...route, id: freeRouteId(document, route.name) }))}
    />
  );
}

function RouteRow({
  route,
  parentId,
  siblings,
  depth,
  editor,
  channels,
}: {
  route: Route;
  parentId: string;
  siblings: readonly Route[];
  depth: number;
  editor: RoutingEditor;
  channels: readonly ChannelView[];
}) {
  const { document, busy, store, change } = editor;
  const at = siblings.indexOf(route);
  const above = resolveRoute(document, parentId) ?? DEFAULT_ROUTE;
  return (
    <li className="rounded-md border p-3">
      <div className="flex flex-wrap items-start justify-between gap-2">
        <div className="min-w-0">
          <p className="text-sm font-medium break-words">
            {route.name} {route.continue ? <Badge variant="secondary">and further</Badge> : null}
          </p>
          <p className="text-[13px] break-words">{route.matchers.map(wordMatcher).join(" and ")}</p>
          <p className="text-[13px] break-words text-muted-foreground">{wordOwn(route, channels)}</p>
        </div>
        <div className="flex flex-wrap gap-1.5">
          <Button
            size="icon"
            variant="ghost"
            disabled={busy || at === 0}
            aria-label={`Move route ${route.name} up`}
            onClick={() => change(moveRoute(document, route.id, -1))}
          >
            <ArrowUp aria-hidden />
          </Button>
          <Button
            size="icon"
            variant="ghost"
            disabled={busy || at === siblings.length - 1}
            aria-label={`Move route ${route.name} down`}
            onClick={() => change(moveRoute(document, route.id, 1))}
          >
            <ArrowDown aria-hidden />
          </Button>
          {depth < MOST_DEPTH - 1 ? <AddRoute editor={editor} parent={route} channels={channels} /> : null}
          <RouteDialog
            trigger={
              <Button size="sm" variant="outline" disabled={busy} aria-label={`Edit route ${route.name}`}>
                Edit
              </Button>
            }
            initial={route}
            known={{ channels, schedules: document.schedules, above, aboveName: "As above" }}
            title={`Edit ${route.name}`}
            submit="Save route"
            onSave={(changed) => store(replaceRoute(document, changed))}
          />
          <Button
            size="sm"
            variant="outline"
            disabled={busy}
            aria-label={`Remove route ${route.name}`}
            onClick={() => change(removeRoute(document, route.id))}
          >
            Remove
          </Button>
        </div>
      </div>
      {route.routes.length > 0 ? (
        <ol className="mt-3 flex flex-col gap-2" aria-label={`Routes below ${route.name}`}>
          {route.routes.map((one) => (
            <RouteRow
              key={one.id}
              route={one}
              parentId={route.id}
              siblings={route.routes}
              depth={depth + 1}
              editor={editor}
              channels={channels}
            />
          ))}
        </ol>
      ) : null}
    </li>
  );
}
