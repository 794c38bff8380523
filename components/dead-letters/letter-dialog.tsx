"use client";
import { useQueryClient } from "@tanstack/react-query";
import { RotateCcw } from "lucide-react";
import Link from "next/link";
import { useState, type ReactNode } from "react";
import { formatInstant } from "@/components/format/time-label";
import { useWorkspace } from "@/components/layout/workspace";
import { ApiError } from "@/components/query/api-error";
import { ConfirmDialog } from "@/components/settings/confirm-dialog";
import { Field } from "@/components/settings/field";
import { Button } from "@/components/ui/button";
import { CodeBlock } from "@/components/ui/code-block";
import { Dialog, DialogContent, DialogDescription, DialogFooter, DialogHeader, DialogTitle } from "@/components/ui/dialog";
import { notify } from "@/components/ui/notify";
import { Textarea } from "@/components/ui/textarea";
import type { DeadLetterView } from "@/lib/telemetry/list-dead-letters";
import { LetterState } from "./letter-columns";
import { outcomeOf, replayLetter } from "./replay";
import { consequenceOf, readPayload, sourceLabel, unreplayable } from "./words";

/** One letter with what was sent. An admin may correct it and send it again. */
export function LetterDialog({ letter, onClose }: { letter: DeadLetterView; onClose: () => void }) {
  const { timeZone, user } = useWorkspace();
  const reason = unreplayable(letter);
  const admin = user.role === "admin";
  return (
    <Dialog open onOpenChange={(open) => (open ? undefined : onClose())}>
      <DialogContent className="max-w-2xl grid-cols-[minmax(0,1fr)]">
        <DialogHeader>
          <DialogTitle>Dead letter {letter.id}</DialogTitle>
          <DialogDescription className="break-words">{letter.reason}</DialogDescription>
        </DialogHeader>
        <dl className="grid grid-cols-2 gap-x-4 gap-y-2 text-[13px] sm:grid-cols-4">
          <Fact term="Received">{formatInstant(letter.receivedAt, timeZone, { seconds: true })}</Fact>
          <Fact term="Source">{sourceLabel(letter.source)}</Fact>
          <Fact term="Code">
            <code className="font-mono text-xs">{letter.code}</code>
          </Fact>
          <Fact term="Field">{letter.field === null ? "—" : <code className="font-mono text-xs">{letter.field}</code>}</Fact>
          <Fact term="Tenant">{letter.tenant ?? "—"}</Fact>
          <Fact term="State">
            <LetterState letter={letter} />
          </Fact>
          <Fact term="Event" wide>
            {letter.eventId === null ? (
              "—"
            ) : (
              <Link
                className="rounded-sm font-mono text-xs break-all text-accent-foreground underline underline-offset-2"
                href={`/requests?rows=attempts&q=${encodeURIComponent(letter.eventId)}`}
                title="What is stored under this id"
              >
                {letter.eventId}
              </Link>
            )}
          </Fact>
          {letter.replayedAt === null ? null : (
            <div className="col-span-full">
              <dt className="text-xs text-muted-foreground">Replayed</dt>
              <dd className="break-words">
                {formatInstant(letter.replayedAt, timeZone, { seconds: true })}
                {letter.replayResult ? `: ${letter.replayResult}` : null}
              </dd>
            </div>
          )}
        </dl>
        {admin && reason === undefined ? (
          <Replay letter={letter} onDone={onClose} />
        ) : (
          <>
            <CodeBlock code={asText(letter.payload)} label="Payload" className="[&_pre]:max-h-80 [&_pre]:overflow-y-auto" />
            <p className="text-[13px] text-muted-foreground">{reason ?? "An admin can correct this and replay it."}</p>
          </>
        )}
      </DialogContent>
    </Dialog>
  );
}

function Fact({ term, wide = false, children }: { term: string; wide?: boolean; children: ReactNode }) {
  return (
    <div className={wide ? "col-span-2 min-w-0" : "min-w-0"}>
      <dt className="text-xs text-muted-foreground">{term}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </div>
  );
}

const asText = (payload: unknown) => JSON.stringify(payload, null, 2);

function Replay({ letter, onDone }: { letter: DeadLetterView; onDone: () => void }) {
  const client = useQueryClient();
  const kept = asText(letter.payload);
  const [text, setText] = useState(kept);
  const [refusal, setRefusal] = useState<Error>();
  const edited = text !== kept;
  const read = readPayload(text);
  const invalid = "error" in read;
  // A replayed letter goes out again only when it says something else.
  const spent = letter.replayedAt !== null && !edited;
  const refresh = () =>
    Promise.all([
      client.invalidateQueries({ queryKey: ["dead-letters"] }),
      client.invalidateQueries({ queryKey: ["requests"] }),
      client.invalidateQueries({ queryKey: ["metrics"] }),
    ]);

  async function replay() {
    setRefusal(undefined);
    try {
      const result = await replayLetter(letter.id, edited && "payload" in read ? { payload: read.payload } : undefined);
      onDone();
      // What becomes of it is told wherever the person is by then.
      void refresh()
        .then(() => outcomeOf(letter, result))
        .then(async ({ kind, message }) => {
          await notify(kind, message);
          await refresh();
        })
        .catch((error: unknown) => notify("error", `Sent, but its fate is unknown: ${messageOf(error)}`));
    } catch (error) {
      setRefusal(error instanceof Error ? error : new Error(messageOf(error)));
      await notify(
        "error",
        `${error instanceof ApiError && error.code === "conflict" ? "Conflict" : "Rejected"}: ${messageOf(error)}`,
      );
    }
  }

  return (
    <div className="flex min-w-0 flex-col gap-3">
      <Field
        label="Payload"
        hint="What was sent. Correct it before the replay if need be; the letter itself stays as it is."
        error={invalid ? read.error : undefined}
      >
        {(control) => (
          <Textarea
            {...control}
            spellCheck={false}
            autoCapitalize="off"
            autoComplete="off"
            className="h-72 max-h-[45dvh] resize-y font-mono text-xs leading-relaxed"
            value={text}
            onChange={(event) => {
              setText(event.target.value);
              setRefusal(undefined);
            }}
          />
        )}
      </Field>
      {refusal ? (
        <div role="alert" className="rounded-md border border-destructive bg-destructive-muted px-3 py-2 text-[13px] break-words">
          <p>{refusal.message}</p>
          {refusal instanceof ApiError && refusal.requestId ? (
            <p className="mt-0.5 text-xs">
              {refusal.problem?.field ? `Field ${refusal.problem.field}. ` : ""}Request{" "}
              <code className="font-mono">{refusal.requestId}</code>
            </p>
          ) : null}
        </div>
      ) : null}
      {spent ? (
        <p className="text-[13px] text-muted-foreground">This letter was replayed. It can be sent again once it is edited.</p>
      ) : null}
      <DialogFooter>
        {edited ? (
          <Button variant="ghost" onClick={() => setText(kept)}>
            Undo edits
          </Button>
        ) : null}
        <ConfirmDialog
          trigger={
            <Button disabled={invalid || spent}>
              <RotateCcw aria-hidden /> {edited ? "Replay edited" : "Replay"}
            </Button>
          }
          title={edited ? "Replay this letter as edited?" : "Replay this letter as it is?"}
          consequence={consequenceOf(letter)}
          confirm="Replay"
          variant="default"
          onConfirm={replay}
        />
      </DialogFooter>
    </div>
  );
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
