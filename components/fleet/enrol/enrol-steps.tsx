"use client";
import { useMemo } from "react";
import { formatClock } from "@/components/format/time-label";
import { useWorkspace } from "@/components/layout/workspace";
import { useApi } from "@/components/query";
import { Button } from "@/components/ui/button";
import { CodeBlock } from "@/components/ui/code-block";
import { DialogDescription, DialogFooter, DialogHeader, DialogTitle } from "@/components/ui/dialog";
import { enrolmentSteps, type EnrolmentStep } from "@/lib/fleet/enrolment-guide";
import type { EnrolmentTokenView, MadeEnrolmentToken, TargetView } from "@/lib/fleet/schemas";
import { TOKENS_PATH } from "../use-targets";
import { AwaitTarget } from "./await-target";
import type { EnrolChoice } from "./enrol-form";
import { followEnrolment, type KnownTargets } from "./follow-enrolment";

const WATCH_EVERY_MS = 1_500;

export interface EnrolStepsProps {
  choice: EnrolChoice;
  made: MadeEnrolmentToken;
  before: KnownTargets;
  first: boolean;
  targets: readonly TargetView[];
  consoleUrl: string;
  now: number;
  onClose: () => void;
}

/** What to type, with the token in it, and the machine coming in while one watches. */
export function EnrolSteps({ choice, made, before, first, targets, consoleUrl, now, onClose }: EnrolStepsProps) {
  const { timeZone } = useWorkspace();
  const tokens = useApi<{ enrolmentTokens: EnrolmentTokenView[] }>(TOKENS_PATH, { refreshMs: WATCH_EVERY_MS });
  const token = tokens.data?.enrolmentTokens.find(({ id }) => id === made.enrolmentToken.id) ?? made.enrolmentToken;
  const guide = useMemo(() => enrolmentSteps({ ...choice, consoleUrl, token: made.token }), [choice, consoleUrl, made.token]);
  const at = guide.steps.findIndex(({ command }) => command?.includes(made.token));
  const [prepare, start, after] = [guide.steps.slice(0, at), guide.steps[at], guide.steps.slice(at + 1)];
  const enrolment = followEnrolment(token, before, targets, Math.max(now, tokens.dataUpdatedAt));
  const { maxUses, expiresAt, environment, pool } = made.enrolmentToken;
  return (
    <>
      <DialogHeader>
        <DialogTitle>{guide.title}</DialogTitle>
        <DialogDescription>
          For {environment}
          {pool === null ? "" : `, pool ${pool}`}. The token is shown only now, and works{" "}
          {maxUses === 1 ? "once" : `${maxUses} times`} until {formatClock(expiresAt, timeZone)}.
        </DialogDescription>
      </DialogHeader>
      <details open={first} className="group min-w-0">
        <summary className="w-fit cursor-pointer rounded-sm py-1 text-[13px] font-medium text-accent-foreground">
          Prepare the machine: {prepare.length} {prepare.length === 1 ? "step" : "steps"}
        </summary>
        <Steps steps={prepare} from={1} />
      </details>
      {start?.command ? (
        <section aria-label="The command" className="flex min-w-0 flex-col gap-1.5">
          <p className="text-[13px]">
            <span className="font-medium">Then run this where its file is:</span>
          </p>
          <CodeBlock
            code={start.command}
            label="Enrolment command"
            className="border-warning/40 bg-warning-muted [&_pre]:break-all [&_pre]:whitespace-pre-wrap"
          />
          <p className="text-xs text-muted-foreground">
            Copy it now: the token is not kept, and cannot be shown again. Later starts of the machine do not need it.
          </p>
        </section>
      ) : null}
      {after.length > 0 ? (
        <section aria-label="Afterwards" className="flex min-w-0 flex-col gap-1 text-[13px] text-muted-foreground">
          {after.map(({ text }) => (
            <p key={text}>{text}</p>
          ))}
        </section>
      ) : null}
      {/* In sight whatever is scrolled to: this is what one waits for. */}
      <div className="sticky -bottom-5 -mx-5 -mb-5 flex flex-col gap-3 border-t bg-popover px-5 py-4">
        <AwaitTarget enrolment={enrolment} token={token} name={choice.name} />
        <DialogFooter>
          <Button variant={enrolment.appeared.length > 0 ? "default" : "outline"} onClick={onClose}>
            {enrolment.waiting ? "Close, it may come later" : "Done"}
          </Button>
        </DialogFooter>
      </div>
    </>
  );
}

function Steps({ steps, from }: { steps: readonly EnrolmentStep[]; from: number }) {
  return (
    <ol className="mt-1 flex min-w-0 flex-col gap-3 text-[13px]">
      {steps.map(({ text, command }, index) => (
        <li key={text} className="grid min-w-0 grid-cols-[auto_minmax(0,1fr)] gap-x-2">
          <span aria-hidden className="font-semibold text-muted-foreground tabular">
            {from + index}.
          </span>
          <div className="flex min-w-0 flex-col gap-1.5">
            <p>{text}</p>
            {command ? (
              <CodeBlock code={command} label={`Step ${from + index}`} className="[&_pre]:max-h-44 [&_pre]:overflow-y-auto" />
            ) : null}
          </div>
        </li>
      ))}
    </ol>
  );
}
