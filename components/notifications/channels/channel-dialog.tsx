"use client";
import { Plus } from "lucide-react";
import { useState, type FormEvent } from "react";
import { Field } from "@/components/settings/field";
import { ShownOnce } from "@/components/settings/shown-once";
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

function bodyOf(kind: ChannelKind, draft: Draft): { config: Record<string, unknown>; secrets: Record<string, string> } {
  switch (kind) {
    case "slack":
    case "teams":
      return { config: {}, secrets: { url: draft.url } };
    case "webhook":
      return { config: { url: draft.url }, secrets: {} };
    case "pagerduty":
      return { config: { url: draft.url || PAGERDUTY_URL }, secrets: { routingKey: draft.routingKey } };
    case "smtp": {
      const { host, port, security, user, from, to } = draft;
      const list = to.split(/[\s,;]+/).filter(Boolean);
      const config = { host, port: Number(port), security, ...(user ? { user } : {}), from, to: list };
      return { config, secrets: draft.password ? { password: draft.password } : {} };
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

function ChannelForm({ channels, onMade }: { channels: readonly ChannelView[]; onMade: (secret: string | null) => void }) {
  const save = useSave<{ id: string; secret: string | null }>("/api/v1/notification-channels", "/api/v1/notification-routing");
  const [kind, setKind] = useState<ChannelKind>("webhook");
  const [draft, setDraft] = useState(EMPTY);
  const [fallbackId, setFallbackId] = useState(NO_FALLBACK);
  const [receivesAll, setReceivesAll] = useState(true);
  const refused = save.error?.problem?.field;
  const message = save.error?.message.replace(/^[a-zA-Z.0-9]+: /, "");

  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate(
      {
        method: "POST",
        path: "/api/v1/notification-channels",
        body: {
          name: draft.name,
          kind,
          ...bodyOf(kind, draft),
          fallbackId: fallbackId === NO_FALLBACK ? null : fallbackId,
          receivesAll,
        },
      },
      { onSuccess: ({ secret }) => onMade(secret) },
    );
  };
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
  const known = ["name", "url", "routingKey", "host", "port", "user", "password", "from", "to"];
  const shownBeside = refused !== undefined && known.some((name) => refused.split(".").includes(name));
  return (
    <form onSubmit={submit} className="contents" noValidate>
      <DialogHeader>
        <DialogTitle>Add a channel</DialogTitle>
        <DialogDescription>
          Addresses that are secrets, keys and passwords are encrypted, and never shown again.
        </DialogDescription>
      </DialogHeader>
      <div className="grid gap-4 sm:grid-cols-2">
        <LabelledSelect
          label="Kind"
          className="w-full"
          value={kind}
          options={CHANNEL_KINDS.map((value) => ({ value, label: KIND_LABEL[value] }))}
          onChange={(value) => setKind(value as ChannelKind)}
        />
        {text("name", "Name", { hint: "What people call it, like “On-call”." })}
      </div>
      {kind === "slack"
        ? text("url", "Incoming webhook", { type: "password", hint: "From api.slack.com/apps → Incoming Webhooks." })
        : null}
      {kind === "teams"
        ? text("url", "Workflow address", {
            type: "password",
            hint: "Of “Post to a channel when a webhook request is received”.",
          })
        : null}
      {kind === "webhook" ? text("url", "Address", { hint: "POST, JSON, signed as Standard Webhooks says." }) : null}
      {kind === "pagerduty" ? (
        <>
          {text("routingKey", "Integration key", { type: "password", hint: "32 characters, of an Events API v2 integration." })}
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
            {text("password", "Password", { type: "password" })}
            {text("from", "From")}
            {text("to", "To", { hint: "Several are separated by commas." })}
          </div>
        </>
      ) : null}
      <LabelledSelect
        label="When it fails, tell"
        className="w-full sm:w-64"
        value={fallbackId}
        options={[{ value: NO_FALLBACK, label: "Nobody else" }, ...channels.map(({ id, name }) => ({ value: id, label: name }))]}
        onChange={setFallbackId}
      />
      <div className="flex items-center gap-2">
        <Checkbox id="receives-all" checked={receivesAll} onCheckedChange={(on) => setReceivesAll(on === true)} />
        <Label htmlFor="receives-all" className="font-normal">
          Tell it everything that no other route takes
        </Label>
      </div>
      {save.error && !shownBeside ? (
        <p role="alert" className="text-xs text-destructive">
          {save.error.message}
        </p>
      ) : null}
      <DialogFooter>
        <Button type="submit" disabled={save.isPending}>
          Add channel
        </Button>
      </DialogFooter>
    </form>
  );
}
