"use client";
import { Plus } from "lucide-react";
import { useState, type FormEvent } from "react";
import { Field } from "@/components/settings/field";
import { ShownOnce } from "@/components/settings/shown-once";
import { TenantsPicker } from "@/components/settings/tenants-picker";
import { useSave } from "@/components/settings/use-save";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import {
  Dialog,
  DialogContent,
  DialogDescription,
  DialogFooter,
  DialogHeader,
  DialogTitle,
  DialogTrigger,
} from "@/components/ui/dialog";
import { Input } from "@/components/ui/input";
import { Label } from "@/components/ui/label";
import { LabelledSelect } from "@/components/ui/labelled-select";
import { PAGERDUTY_URL, type ChannelView } from "@/lib/notifications/channels/schemas";
import { CHANNEL_KINDS, type ChannelKind } from "@/lib/notifications/schemas";
import { EditDialog } from "../edit-dialog";
import { KIND_LABEL } from "../words";

interface Draft {
  name: string;
  url: string;
  routingKey: string;
  host: string;
  port: string;
  security: string;
  user: string;
  password: string;
  from: string;
  to: string;
}
const EMPTY: Draft = {
  name: "",
  url: "",
  routingKey: "",
  host: "",
  port: "587",
  security: "starttls",
  user: "",
  password: "",
  from: "",
  to: "",
};
const NO_FALLBACK = "none";
const CHANNELS = "/api/v1/notification-channels";

/** What is known of it; secrets never are. */
function draftOf(channel: ChannelView): Draft {
  const text = Object.entries(channel.config).filter(([name]) => name in EMPTY);
  const known = text.map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : String(value)]);
  return { ...EMPTY, name: channel.name, ...(Object.fromEntries(known) as Partial<Draft>) };
}

/** A secret that is left empty is not sent: a new channel is refused without it, an old one keeps it. */
const given = (secrets: Record<string, string>) => Object.fromEntries(Object.entries(secrets).filter(([, text]) => text !== ""));

function bodyOf(kind: ChannelKind, draft: Draft): { config: Record<string, unknown>; secrets: Record<string, string> } {
  switch (kind) {
    case "slack":
    case "teams":
      return { config: {}, secrets: given({ url: draft.url }) };
    case "webhook":
      return { config: { url: draft.url }, secrets: {} };
    case "pagerduty":
      return { config: { url: draft.url || PAGERDUTY_URL }, secrets: given({ routingKey: draft.routingKey }) };
    case "smtp": {
      const { host, port, security, user, from, to } = draft;
      const list = to.split(/[\s,;]+/).filter(Boolean);
      const config = { host, port: Number(port), security, ...(user ? { user } : {}), from, to: list };
      return { config, secrets: given({ password: draft.password }) };
    }
  }
}

export function ChannelDialog({ channels }: { channels: readonly ChannelView[] }) {
  const [open, setOpen] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  const close = (next: boolean) => {
    setOpen(next);
    setSecret(null);
  };
  return (
    <Dialog open={open} onOpenChange={close}>
      <DialogTrigger asChild>
        <Button size="sm">
          <Plus aria-hidden /> Add channel
        </Button>
      </DialogTrigger>
      <DialogContent>
        {secret === null ? (
          <ChannelForm channels={channels} onMade={(made) => (made === null ? close(false) : setSecret(made))} />
        ) : (
          <>
            <DialogHeader>
              <DialogTitle>The webhook is ready</DialogTitle>
              <DialogDescription>
                Its receiver checks the header webhook-signature with this secret (Standard Webhooks), and refuses what is not
                signed with it.
              </DialogDescription>
            </DialogHeader>
            <ShownOnce label="Signing secret" secret={secret} />
            <DialogFooter>
              <Button onClick={() => close(false)}>Done</Button>
            </DialogFooter>
          </>
        )}
      </DialogContent>
    </Dialog>
  );
}

/** Name, address, limits: everything but its kind. */
export function EditChannelDialog({ channel, channels }: { channel: ChannelView; channels: readonly ChannelView[] }) {
  return (
    <EditDialog
      className="max-w-lg"
      trigger={
        <Button size="sm" variant="outline" aria-label={`Edit ${channel.name}`}>
          Edit
        </Button>
      }
    >
      {(close) => <ChannelForm channel={channel} channels={channels} onMade={close} />}
    </EditDialog>
  );
}

/** `channel`: one that is there, to be changed. */
function ChannelForm({
  channel,
  channels,
  onMade,
}: {
  channel?: ChannelView;
  channels: readonly ChannelView[];
  onMade: (secret: string | null) => void;
}) {
  const save = useSave<{ id: string; secret: string | null }>(CHANNELS, "/api/v1/notification-routing");
  const [kind, setKind] = useState<ChannelKind>(channel?.kind ?? "webhook");
  const [draft, setDraft] = useState(channel ? draftOf(channel) : EMPTY);
  const [tenants, setTenants] = useState<"all" | string[]>(
    channel === undefined || channel.tenants.includes("*") ? "all" : channel.tenants,
  );
  const [fallbackId, setFallbackId] = useState(channel?.fallbackId ?? NO_FALLBACK);
  const [receivesAll, setReceivesAll] = useState(true);
  const refused = save.error?.problem?.field;
  const message = save.error?.message.replace(/^[a-zA-Z.0-9]+: /, "");

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const common = {
      name: draft.name,
      ...bodyOf(kind, draft),
      tenants: tenants === "all" ? ["*"] : tenants,
      fallbackId: fallbackId === NO_FALLBACK ? null : fallbackId,
    };
    save.mutate(
      channel
        ? { method: "PATCH", path: `${CHANNELS}/${channel.id}`, body: { baseVersion: channel.version, ...common } }
        : { method: "POST", path: CHANNELS, body: { ...common, kind, receivesAll } },
      { onSuccess: ({ secret = null }) => onMade(secret) },
    );
  };
  const secretHint = (hint: string) => (channel ? "Empty: it stays as it is." : hint);
  const text = (
    name: keyof Draft,
    label: string,
    { hint, type = "text", field = name, className }: { hint?: string; type?: string; field?: string; className?: string } = {},
  ) => {
    const wrong = refused === field || refused?.endsWith(`.${field}`) === true || refused?.includes(`.${field}.`) === true;
    return (
      <Field
        label={label}
        {...(hint ? { hint } : {})}
        {...(wrong && message ? { error: message } : {})}
        {...(className ? { className } : {})}
      >
        {(props) => (
          <Input
            {...props}
            type={type}
            autoComplete={type === "password" ? "new-password" : "off"}
            value={draft[name]}
            onChange={({ target }) => setDraft({ ...draft, [name]: target.value })}
          />
        )}
      </Field>
    );
  };
  const known = ["name", "url", "routingKey", "host", "port", "user", "password", "from", "to", "tenants"];
  const shownBeside = refused !== undefined && known.some((name) => refused.split(".").includes(name));
  return (
    <form onSubmit={submit} className="contents" noValidate>
      <DialogHeader>
        <DialogTitle>{channel ? `Edit ${channel.name}` : "Add a channel"}</DialogTitle>
        <DialogDescription>
          Addresses that are secrets, keys and passwords are encrypted, and never shown again.
        </DialogDescription>
      </DialogHeader>
      <div className="grid gap-4 sm:grid-cols-2">
        {channel ? null : (
          <LabelledSelect
            label="Kind"
            className="h-9 w-full"
            value={kind}
            options={CHANNEL_KINDS.map((value) => ({ value, label: KIND_LABEL[value] }))}
            onChange={(value) => setKind(value as ChannelKind)}
          />
        )}
        {text("name", "Name", { hint: "What people call it, like “On-call”." })}
      </div>
      {kind === "slack"
        ? text("url", "Incoming webhook", { type: "password", hint: secretHint("From api.slack.com/apps → Incoming Webhooks.") })
        : null}
      {kind === "teams"
        ? text("url", "Workflow address", {
            type: "password",
            hint: secretHint("Of “Post to a channel when a webhook request is received”."),
          })
        : null}
      {kind === "webhook" ? text("url", "Address", { hint: "POST, JSON, signed as Standard Webhooks says." }) : null}
      {kind === "pagerduty" ? (
        <>
          {text("routingKey", "Integration key", {
            type: "password",
            hint: secretHint("32 characters, of an Events API v2 integration."),
          })}
          {text("url", "Events API", { hint: `Empty: ${PAGERDUTY_URL}` })}
        </>
      ) : null}
      {kind === "smtp" ? (
        <>
          <div className="grid gap-4 sm:grid-cols-[1fr_6rem_9rem]">
            {text("host", "Mail server")}
            {text("port", "Port")}
            <LabelledSelect
              label="Security"
              className="w-full"
              value={draft.security}
              options={[
                { value: "starttls", label: "STARTTLS" },
                { value: "tls", label: "TLS" },
                { value: "none", label: "None" },
              ]}
              onChange={(security) => setDraft({ ...draft, security })}
            />
          </div>
          <div className="grid gap-4 sm:grid-cols-2">
            {text("user", "User", { hint: "Empty: no sign-in." })}
            {text("password", "Password", { type: "password", ...(channel ? { hint: secretHint("") } : {}) })}
            {text("from", "From")}
            {text("to", "To", { hint: "Several are separated by commas." })}
          </div>
        </>
      ) : null}
      <TenantsPicker
        legend="May be told of"
        none="Choose a tenant: it would be told nothing at all."
        value={tenants}
        onChange={setTenants}
        {...(refused === "tenants" && message ? { error: message } : {})}
      />
      <LabelledSelect
        label="When it fails, tell"
        className="w-full sm:w-64"
        value={fallbackId}
        options={[
          { value: NO_FALLBACK, label: "Nobody else" },
          ...channels.filter(({ id }) => id !== channel?.id).map(({ id, name }) => ({ value: id, label: name })),
        ]}
        onChange={setFallbackId}
      />
      {channel ? null : (
        <div className="flex items-center gap-2">
          <Checkbox id="receives-all" checked={receivesAll} onCheckedChange={(on) => setReceivesAll(on === true)} />
          <Label htmlFor="receives-all" className="font-normal">
            Tell it everything that no other route takes
          </Label>
        </div>
      )}
      {save.error && !shownBeside ? (
        <p role="alert" className="text-xs text-destructive">
          {save.error.message}
        </p>
      ) : null}
      <DialogFooter>
        <Button type="submit" disabled={save.isPending}>
          {channel ? "Save channel" : "Add channel"}
        </Button>
      </DialogFooter>
    </form>
  );
}
