"use client";
import { useState, type FormEvent } from "react";
import { toast } from "sonner";
import { formatInstant } from "@/components/format/time-label";
import { useWorkspace } from "@/components/layout/workspace";
import { useApi } from "@/components/query";
import { Field } from "@/components/settings/field";
import { useSave } from "@/components/settings/use-save";
import { QueryCard } from "@/components/states";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { Checkbox } from "@/components/ui/checkbox";
import { Input } from "@/components/ui/input";
import { Label } from "@/components/ui/label";
import { Textarea } from "@/components/ui/textarea";
import type { ChannelView } from "@/lib/notifications/channels/schemas";
import { routingSchema, type Matcher, type Route, type Routing, type RoutingView } from "@/lib/notifications/routing/schemas";
import { ChannelChoice } from "../channel-choice";
import { EMPTY_MATCHER, MatcherFields } from "../matcher-fields";
import { wordMatcher } from "../words";

const ROUTING = "/api/v1/notification-routing";

/** Who is told of what: routes from the top, the first that matches takes it. */
export function RoutingPage() {
  const query = useApi<RoutingView>(ROUTING);
  const channels = useApi<{ channels: ChannelView[] }>("/api/v1/notification-channels");
  const known = channels.data?.channels ?? [];
  return (
    <QueryCard
      title="Routes"
      description="From the top, the first route that matches takes a notification; what none takes goes to the last one."
      query={query}
      isEmpty={() => false}
    >
      {/* A new version begins with fresh forms. */}
      {(view) => <Routes key={view.version} view={view} channels={known} />}
    </QueryCard>
  );
}

function Routes({ view, channels }: { view: RoutingView; channels: readonly ChannelView[] }) {
  const { timeZone } = useWorkspace();
  const save = useSave(ROUTING);
  const { root } = view.document;
  const store = (document: Routing) =>
    save.mutate(
      { method: "PUT", path: ROUTING, body: { baseVersion: view.version, document } },
      { onSuccess: () => void toast.success("The routing is saved."), onError: (error) => void toast.error(error.message) },
    );
  const setRoot = (more: Partial<Routing["root"]>) => store({ ...view.document, root: { ...root, ...more } });
  return (
    <div className="flex flex-col gap-4">
      <p className="text-xs text-muted-foreground">
        {view.updatedBy && view.updatedAt
          ? `Version ${view.version}, by ${view.updatedBy}, ${formatInstant(view.updatedAt, timeZone)}.`
          : "Nobody has changed it yet: everything is in the inbox only."}
        {view.mutedNow.length > 0 ? ` Muted now: ${view.mutedNow.join(", ")}.` : ""}
      </p>
      <ol className="flex flex-col gap-2" aria-label="Routes in order">
        {root.routes.map((route) => (
          <RouteRow
            key={route.id}
            route={route}
            channels={channels}
            busy={save.isPending}
            onRemove={() => setRoot({ routes: root.routes.filter(({ id }) => id !== route.id) })}
          />
        ))}
        <li className="rounded-md border p-3">
          <p className="text-sm font-medium">Everything else</p>
          <p className="text-[13px] text-muted-foreground">{wordChannels(root.channels, channels)}</p>
        </li>
      </ol>
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <AddRoute
          channels={channels}
          busy={save.isPending}
          onAdd={(route) => setRoot({ routes: [...root.routes, route] })}
          taken={root.routes}
        />
        <Defaults root={root} channels={channels} busy={save.isPending} onSave={setRoot} />
      </div>
      <WholeDocument document={view.document} busy={save.isPending} onSave={store} />
    </div>
  );
}

const wordChannels = (ids: readonly string[], channels: readonly ChannelView[]) =>
  ids.length === 0
    ? "The inbox only"
    : ids.map((id) => channels.find((one) => one.id === id)?.name ?? "a channel that is gone").join(", ");

function RouteRow({
  route,
  channels,
  busy,
  onRemove,
}: {
  route: Route;
  channels: readonly ChannelView[];
  busy: boolean;
  onRemove?: () => void;
}) {
  return (
    <li className="rounded-md border p-3">
      <div className="flex flex-wrap items-start justify-between gap-2">
        <div className="min-w-0">
          <p className="text-sm font-medium">
            {route.name} {route.continue ? <Badge variant="secondary">and further</Badge> : null}
          </p>
          <p className="text-[13px]">{route.matchers.map(wordMatcher).join(" and ")}</p>
          <p className="text-[13px] text-muted-foreground">
            {route.channels ? wordChannels(route.channels, channels) : "Channels of the route above"}
            {(route.escalation ?? []).map(
              (step) => `; after ${step.afterMinutes} min without acknowledgement: ${wordChannels(step.channels, channels)}`,
            )}
            {route.mute?.length ? `; muted by ${route.mute.join(", ")}` : ""}
          </p>
        </div>
        {onRemove ? (
          <Button size="sm" variant="outline" disabled={busy} aria-label={`Remove route ${route.name}`} onClick={onRemove}>
            Remove
          </Button>
        ) : null}
      </div>
      {route.routes.length > 0 ? (
        <ol className="mt-2 flex flex-col gap-2 border-l pl-3" aria-label={`Routes below ${route.name}`}>
          {route.routes.map((one) => (
            <RouteRow key={one.id} route={one} channels={channels} busy={busy} />
          ))}
        </ol>
      ) : null}
    </li>
  );
}

const idOf = (name: string, taken: readonly Route[]) => {
  const base =
    name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-|-$/g, "")
      .slice(0, 50) || "route";
  const free = (id: string) => id !== "root" && taken.every((route) => route.id !== id);
  for (let n = 1; ; n++) {
    const id = n === 1 ? base : `${base}-${n}`;
    if (free(id)) return id;
  }
};

function AddRoute({
  channels,
  taken,
  busy,
  onAdd,
}: {
  channels: readonly ChannelView[];
  taken: readonly Route[];
  busy: boolean;
  onAdd: (route: Route) => void;
}) {
  const [name, setName] = useState("");
  const [matchers, setMatchers] = useState<Matcher[]>([{ ...EMPTY_MATCHER, label: "severity", values: ["critical"] }]);
  const [chosen, setChosen] = useState<string[]>([]);
  const [further, setFurther] = useState(false);
  const [afterMinutes, setAfterMinutes] = useState("15");
  const [escalateTo, setEscalateTo] = useState<string[]>([]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const escalation = escalateTo.length > 0 ? [{ afterMinutes: Number(afterMinutes), channels: escalateTo }] : undefined;
    onAdd({
      id: idOf(name, taken),
      name,
      matchers,
      continue: further,
      channels: chosen,
      routes: [],
      ...(escalation ? { escalation } : {}),
    });
  };
  return (
    <Card role="region" aria-label="Add a route">
      <CardHeader>
        <CardTitle>Add a route</CardTitle>
        <CardDescription>It is tried after those that are there.</CardDescription>
      </CardHeader>
      <CardContent>
        <form onSubmit={submit} className="flex flex-col gap-4" noValidate>
          <Field label="Name of the route">
            {(props) => <Input {...props} value={name} onChange={({ target }) => setName(target.value)} />}
          </Field>
          <MatcherFields value={matchers} onChange={setMatchers} />
          <ChannelChoice legend="Tell" channels={channels} value={chosen} onChange={setChosen} />
          <ChannelChoice
            legend="And when nobody acknowledges it"
            channels={channels}
            value={escalateTo}
            onChange={setEscalateTo}
          />
          {escalateTo.length > 0 ? (
            <Field label="After minutes" className="w-32">
              {(props) => (
                <Input
                  {...props}
                  inputMode="numeric"
                  value={afterMinutes}
                  onChange={({ target }) => setAfterMinutes(target.value)}
                />
              )}
            </Field>
          ) : null}
          <div className="flex items-center gap-2">
            <Checkbox id="route-continue" checked={further} onCheckedChange={(on) => setFurther(on === true)} />
            <Label htmlFor="route-continue" className="font-normal">
              Routes after it may take it too
            </Label>
          </div>
          <Button type="submit" size="sm" className="self-start" disabled={busy || name.trim() === ""}>
            Add route
          </Button>
        </form>
      </CardContent>
    </Card>
  );
}

function Defaults({
  root,
  channels,
  busy,
  onSave,
}: {
  root: Routing["root"];
  channels: readonly ChannelView[];
  busy: boolean;
  onSave: (root: Partial<Routing["root"]>) => void;
}) {
  const [chosen, setChosen] = useState(root.channels);
  const [wait, setWait] = useState(String(root.groupWaitSec ?? 10));
  const [interval, setInterval] = useState(String(root.groupIntervalSec ?? 60));
  const [repeat, setRepeat] = useState(String(root.repeatIntervalSec ?? 14_400));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSave({
      channels: chosen,
      groupWaitSec: Number(wait),
      groupIntervalSec: Number(interval),
      repeatIntervalSec: Number(repeat),
    });
  };
  const seconds = (label: string, hint: string, value: string, set: (text: string) => void) => (
    <Field label={label} hint={hint}>
      {(props) => (
        <Input {...props} inputMode="numeric" className="w-28" value={value} onChange={({ target }) => set(target.value)} />
      )}
    </Field>
  );
  return (
    <Card role="region" aria-label="Everything else">
      <CardHeader>
        <CardTitle>Everything else</CardTitle>
        <CardDescription>What no route takes, and what routes do not say themselves.</CardDescription>
      </CardHeader>
      <CardContent>
        <form onSubmit={submit} className="flex flex-col gap-4" noValidate>
          <ChannelChoice legend="Tell" channels={channels} value={chosen} onChange={setChosen} />
          {seconds("Group wait (s)", "How long the first of a group waits for others.", wait, setWait)}
          {seconds("Group interval (s)", "Least time between two messages of a group.", interval, setInterval)}
          {seconds("Repeat after (s)", "While it is triggered and nobody acknowledged it; 0: never.", repeat, setRepeat)}
          <Button type="submit" size="sm" className="self-start" disabled={busy}>
            Save
          </Button>
        </form>
      </CardContent>
    </Card>
  );
}

/** Nested routes, inhibition and mute schedules: as the document that the API takes. */
function WholeDocument({ document, busy, onSave }: { document: Routing; busy: boolean; onSave: (document: Routing) => void }) {
  const [text, setText] = useState(() => JSON.stringify(document, null, 2));
  const [error, setError] = useState<string>();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    try {
      const parsed = routingSchema.safeParse(JSON.parse(text));
      if (parsed.success) onSave(parsed.data);
      setError(
        parsed.success ? undefined : parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("\n"),
      );
    } catch (problem) {
      setError(problem instanceof Error ? problem.message : String(problem));
    }
  };
  return (
    <details className="rounded-md border p-3">
      <summary className="cursor-pointer text-sm font-medium">Whole document: nested routes, inhibition, mute schedules</summary>
      <form onSubmit={submit} className="mt-3 flex flex-col gap-3" noValidate>
        <Field
          label="Routing as JSON"
          hint='A schedule: {"name":"nights","timeZone":"Europe/Paris","windows":[{"days":[1,2,3,4,5],"from":"22:00","to":"07:00"}],"dates":[]}'
          {...(error === undefined ? {} : { error })}
        >
          {(props) => (
            <Textarea
              {...props}
              rows={14}
              spellCheck={false}
              className="font-mono text-xs"
              value={text}
              onChange={({ target }) => setText(target.value)}
            />
          )}
        </Field>
        <Button type="submit" size="sm" className="self-start" disabled={busy}>
          Save document
        </Button>
      </form>
    </details>
  );
}
