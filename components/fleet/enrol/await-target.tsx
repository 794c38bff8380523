"use client";
import { ArrowRight, CircleCheck, Radio, TimerOff } from "lucide-react";
import Link from "next/link";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import type { EnrolmentTokenView, TargetView } from "@/lib/fleet/schemas";
import { StateBadge } from "../state-badge";
import { standingOf } from "../standing";
import type { Enrolment } from "./follow-enrolment";

/** Waiting, then each machine as it comes in; said aloud too. */
export function AwaitTarget({ enrolment, token, name }: { enrolment: Enrolment; token: EnrolmentTokenView; name: string }) {
  const { appeared, waiting } = enrolment;
  return (
    <div role="status" aria-live="polite" aria-label="Enrolment" className="flex flex-col gap-2">
      {appeared.map((target) => (
        <Appeared key={target.id} target={target} />
      ))}
      {waiting ? (
        <div className="flex items-center gap-3 rounded-md bg-muted px-4 py-3">
          <Radio aria-hidden className="size-5 shrink-0 text-accent-foreground motion-safe:animate-pulse" />
          <p className="text-[13px]">
            {token.maxUses === 1 ? (
              <>
                <span className="font-medium">Waiting for {name} to appear…</span>
                <span className="text-muted-foreground"> It does within seconds of its start.</span>
              </>
            ) : (
              <span className="font-medium">
                Waiting for machines to appear… {appeared.length} of {token.maxUses}
              </span>
            )}
          </p>
        </div>
      ) : appeared.length === 0 ? (
        <div className="flex items-center gap-3 rounded-md bg-warning-muted px-4 py-3">
          <TimerOff aria-hidden className="size-5 shrink-0 text-warning" />
          <p className="text-[13px]">
            <span className="font-medium">{ENDED[enrolment.token]}</span> Close this and make a new token.
          </p>
        </div>
      ) : null}
    </div>
  );
}

const ENDED = {
  open: "",
  expired: "The token has expired, and nothing came.",
  revoked: "The token was revoked.",
  "used up": "The token was used, but not by a target that is seen here.",
} as const;

function Appeared({ target }: { target: TargetView }) {
  const { running, desired } = target;
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-2 rounded-md bg-success-muted px-4 py-3">
      <CircleCheck aria-hidden className="size-5 shrink-0 text-success" />
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1 text-sm">
          <span className="font-medium break-all">{target.name} appeared</span>
          <StateBadge standing={standingOf(target)} />
          {target.simulated ? <Badge variant="outline">simulated</Badge> : null}
        </p>
        <p className="text-[13px] text-muted-foreground">
          Version {target.version},{" "}
          {running
            ? `runs generation ${running.generation}`
            : desired
              ? `is to run generation ${desired.generation}`
              : "nothing ordered for it yet"}
        </p>
      </div>
      <Button asChild size="sm">
        <Link href={`/fleet/${target.id}`}>
          Open it <ArrowRight aria-hidden />
        </Link>
      </Button>
    </div>
  );
}
