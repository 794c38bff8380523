"use client";
import { useState } from "react";
import { Dialog, DialogContent } from "@/components/ui/dialog";
import type { MadeEnrolmentToken, TargetView } from "@/lib/fleet/schemas";
import type { Connector } from "@/lib/protocol/connectors";
import { EnrolForm, type EnrolChoice } from "./enrol-form";
import { EnrolSteps } from "./enrol-steps";
import { knownTargets, type KnownTargets } from "./follow-enrolment";

export interface EnrolDialogProps {
  /** Chosen at first. */
  connector: Connector;
  targets: readonly TargetView[];
  /** Of the fleet server. */
  listening: boolean;
  consoleUrl: string;
  /** Epoch ms of `targets`. */
  now: number;
  onClose: () => void;
}

interface Begun {
  choice: EnrolChoice;
  made: MadeEnrolmentToken;
  before: KnownTargets;
  /** Nothing of this kind was there yet: the whole way is shown, not only its last step. */
  first: boolean;
}

/** A token for machines: first what it may do, then the command with it, then the machine coming in. */
export function EnrolDialog({ connector, targets, listening, consoleUrl, now, onClose }: EnrolDialogProps) {
  const [begun, setBegun] = useState<Begun>();
  return (
    <Dialog open onOpenChange={(open) => (open ? undefined : onClose())}>
      <DialogContent
        className={begun ? "max-w-2xl" : undefined}
        // A click beside it must not lose a token that is shown once.
        onInteractOutside={(event) => (begun ? event.preventDefault() : undefined)}
      >
        {begun ? (
          <EnrolSteps {...begun} targets={targets} consoleUrl={consoleUrl} now={now} onClose={onClose} />
        ) : (
          <EnrolForm
            connector={connector}
            targets={targets}
            listening={listening}
            onMade={(choice, made) =>
              setBegun({
                choice,
                made,
                before: knownTargets(targets),
                first: !targets.some((target) => target.connector === choice.connector),
              })
            }
            onCancel={onClose}
          />
        )}
      </DialogContent>
    </Dialog>
  );
}
