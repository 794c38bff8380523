"use client";
import { useMutation } from "@tanstack/react-query";
import { Send } from "lucide-react";
import { useId, useState } from "react";
import { Button } from "@/components/ui/button";
import { Label } from "@/components/ui/label";
import { Textarea } from "@/components/ui/textarea";
import { newTestEvent, prepareVerdicts, type SendAnswer } from "./test-event";

/** Try an event without leaving the page: what would my program's event be answered with? */
export function SendFromHere({ apiKey, tenant }: { apiKey: string; tenant: string }) {
  const id = useId();
  const [open, setOpen] = useState(false);
  const [text, setText] = useState("");
  const send = useMutation<SendAnswer, Error, string>({ mutationFn: (body) => sendUsage(apiKey, body) });
  const fresh = () => JSON.stringify({ events: [newTestEvent(crypto.randomUUID(), tenant, new Date())] }, null, 2);
  return (
    <div className="flex flex-col items-start gap-2">
      <div className="flex flex-wrap gap-2">
        <Button variant="outline" size="sm" disabled={send.isPending} onClick={() => send.mutate(open ? text : fresh())}>
          <Send aria-hidden /> {open ? "Send this" : "Send a test event from here"}
        </Button>
        <Button
          variant="ghost"
          size="sm"
          aria-expanded={open}
          onClick={() => {
            if (!open) setText(fresh());
            setOpen(!open);
          }}
        >
          {open ? "Hide the JSON" : "Try your own JSON"}
        </Button>
      </div>
      {open ? (
        <div className="flex w-full flex-col gap-1">
          <Label htmlFor={`${id}-json`}>Body of POST /api/v1/usage</Label>
          <Textarea
            id={`${id}-json`}
            rows={14}
            spellCheck={false}
            className="font-mono text-xs"
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        </div>
      ) : null}
      <div role="status" className="w-full">
        {send.data ? <Answer answer={send.data} /> : null}
      </div>
      {send.isError ? (
        <p role="alert" className="text-[13px] text-destructive">
          {send.error.message}
        </p>
      ) : null}
    </div>
  );
}

function Answer({ answer }: { answer: SendAnswer }) {
  const { summary, problems } = prepareVerdicts(answer);
  return (
    <div className="flex flex-col gap-1 text-[13px]">
      <p>
        <code className="font-mono text-xs">{answer.status}</code> {summary}
      </p>
      {problems.length > 0 ? (
        <ul className="list-disc pl-5 text-destructive">
          {problems.map((problem) => (
            <li key={problem}>{problem}</li>
          ))}
        </ul>
      ) : null}
    </div>
  );
}

/** With the key and without the session: exactly what a program would get. */
async function sendUsage(apiKey: string, body: string): Promise<SendAnswer> {
  const response = await fetch("/api/v1/usage?verbose=1", {
    method: "POST",
    credentials: "omit",
    headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/json" },
    body,
  });
  return { status: response.status, body: await response.json().catch(() => null) };
}
