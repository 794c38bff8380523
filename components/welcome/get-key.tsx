"use client";
import { useMutation } from "@tanstack/react-query";
import { useId, useState, type FormEvent } from "react";
import { callApi, type ApiError } from "@/components/query";
import { Button } from "@/components/ui/button";
import { CodeBlock } from "@/components/ui/code-block";
import { Input } from "@/components/ui/input";
import { Label } from "@/components/ui/label";
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from "@/components/ui/select";
import type { ApiKeyView } from "@/lib/auth/schemas";

/** A key that is in this tab only: it is never stored by the page. */
export interface ChosenKey {
  secret: string;
  /** Known when it was made here. */
  id?: string;
  /** What the key list shows of it; enough to watch it. */
  prefix: string;
  /** The one tenant it may send, when it is bound to one. */
  tenant?: string;
  madeHere: boolean;
}

/** As many characters as the key list shows. */
const SHOWN = 10;
const ANY = "*";

export interface GetKeyProps {
  mayCreate: boolean;
  tenants: readonly { id: string; name: string }[];
  chosen: ChosenKey | undefined;
  onChoose: (key: ChosenKey | undefined) => void;
}

export function GetKey({ mayCreate, tenants, chosen, onChoose }: GetKeyProps) {
  if (chosen) return <Chosen chosen={chosen} onForget={() => onChoose(undefined)} />;
  return (
    <div className="flex flex-col gap-4">
      {mayCreate ? <CreateKey tenants={tenants} onChoose={onChoose} /> : null}
      <PasteKey mayCreate={mayCreate} onChoose={onChoose} />
    </div>
  );
}

function Chosen({ chosen, onForget }: { chosen: ChosenKey; onForget: () => void }) {
  return (
    <div className="flex flex-col items-start gap-2">
      {chosen.madeHere ? (
        <>
          <p className="text-[13px]">
            <strong className="font-medium">Copy it now.</strong> It is shown this once; only its hash is kept.
          </p>
          <CodeBlock code={chosen.secret} label="API key" className="w-full" />
        </>
      ) : (
        <p className="text-[13px]">
          Using <code className="font-mono">{chosen.prefix}…</code>. It stays in this tab.
        </p>
      )}
      <Button variant="link" size="sm" className="px-0" onClick={onForget}>
        Use another key
      </Button>
    </div>
  );
}

function CreateKey({ tenants, onChoose }: { tenants: GetKeyProps["tenants"]; onChoose: (key: ChosenKey) => void }) {
  const id = useId();
  const [name, setName] = useState("my first source");
  const [tenant, setTenant] = useState(ANY);
  const create = useMutation<{ apiKey: ApiKeyView; key: string }, ApiError>({
    mutationFn: () =>
      callApi("/api/v1/api-keys", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ name, scopes: ["ingest"], ...(tenant === ANY ? {} : { tenantId: tenant }) }),
      }),
    onSuccess: ({ apiKey, key }) =>
      onChoose({ secret: key, id: apiKey.id, prefix: apiKey.prefix, madeHere: true, ...(tenant === ANY ? {} : { tenant }) }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate();
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-2">
      <div className="flex flex-wrap items-end gap-3">
        <div className="flex min-w-48 flex-1 flex-col gap-1">
          <Label htmlFor={`${id}-name`}>Name of the key</Label>
          <Input id={`${id}-name`} value={name} required maxLength={120} onChange={(event) => setName(event.target.value)} />
        </div>
        <div className="flex min-w-40 flex-col gap-1">
          <Label id={`${id}-tenant`}>May send</Label>
          <Select value={tenant} onValueChange={setTenant}>
            <SelectTrigger aria-labelledby={`${id}-tenant`}>
              <SelectValue />
            </SelectTrigger>
            <SelectContent>
              <SelectItem value={ANY}>Any tenant</SelectItem>
              {tenants.map((each) => (
                <SelectItem key={each.id} value={each.id}>
                  Only {each.name}
                </SelectItem>
              ))}
            </SelectContent>
          </Select>
        </div>
        <Button type="submit" disabled={create.isPending}>
          {create.isPending ? "Creating…" : "Create key"}
        </Button>
      </div>
      <p className="text-xs text-muted-foreground">Scope ingest: it can send usage, and read or change nothing.</p>
      {create.isError ? (
        <p role="alert" className="text-[13px] text-destructive">
          {create.error.message}
          {create.error.requestId ? ` (request ${create.error.requestId})` : ""}
        </p>
      ) : null}
    </form>
  );
}

function PasteKey({ mayCreate, onChoose }: { mayCreate: boolean; onChoose: (key: ChosenKey) => void }) {
  const id = useId();
  const [secret, setSecret] = useState("");
  const [wrong, setWrong] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const key = secret.trim();
    if (!/^hr_[A-Za-z0-9_-]{20,}$/.test(key)) return setWrong(true);
    onChoose({ secret: key, prefix: key.slice(0, SHOWN), madeHere: false });
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-1.5">
      <Label htmlFor={`${id}-key`}>{mayCreate ? "Or use a key you have" : "Paste a key"}</Label>
      <div className="flex gap-2">
        <Input
          id={`${id}-key`}
          type="password"
          autoComplete="off"
          spellCheck={false}
          placeholder="hr_…"
          value={secret}
          aria-invalid={wrong}
          aria-describedby={`${id}-help`}
          onChange={(event) => {
            setSecret(event.target.value);
            setWrong(false);
          }}
          className="max-w-md font-mono"
        />
        <Button type="submit" variant="outline" disabled={secret.trim() === ""}>
          Use it
        </Button>
      </div>
      <p
        id={`${id}-help`}
        role={wrong ? "alert" : undefined}
        className={`text-xs ${wrong ? "text-destructive" : "text-muted-foreground"}`}
      >
        {wrong
          ? "A key begins with hr_ and has at least 20 more characters."
          : mayCreate
            ? "It stays in this tab and is not stored."
            : "Admins make keys under Settings → API keys. Ask one for a key with the scope ingest. It stays in this tab."}
      </p>
    </form>
  );
}
