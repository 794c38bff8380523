"use client";
import { Ban, Unlock } from "lucide-react";
import { useSave } from "@/components/settings/use-save";
import { Button } from "@/components/ui/button";
import { notify } from "@/components/ui/notify";
import type { TargetView } from "@/lib/fleet/schemas";
import { TARGETS_PATH } from "../use-targets";
import { ReasonDialog } from "./reason-dialog";

/** For admins: end its access, or let it back in. */
export function StateActions({ target }: { target: TargetView }) {
  const save = useSave(TARGETS_PATH);
  const change = (verb: "revoke" | "release", done: string) => async (reason: string) => {
    await save.mutateAsync({ method: "POST", path: `${TARGETS_PATH}/${target.id}/${verb}`, body: { reason } });
    void notify("success", done);
  };
  if (target.state === "revoked") return null;
  return (
    <>
      {target.state === "quarantined" ? (
        <ReasonDialog
          trigger={
            <Button size="sm">
              <Unlock aria-hidden /> Release
            </Button>
          }
          title={`Release ${target.name} from quarantine?`}
          consequence="The next program that asks with its identity is taken for the one. If two still run, it is quarantined again."
          confirm="Release"
          variant="default"
          onConfirm={change("release", `${target.name} may come back.`)}
        />
      ) : null}
      <ReasonDialog
        trigger={
          <Button size="sm" variant="outline">
            <Ban aria-hidden /> Revoke
          </Button>
        }
        title={`Revoke ${target.name}?`}
        consequence="It gets nothing from here any more and its key for telemetry ends. What it runs, it keeps running. To take it back, enrol it again with a new token."
        confirm="Revoke target"
        variant="destructive"
        onConfirm={change("revoke", `${target.name} was revoked.`)}
      />
    </>
  );
}
