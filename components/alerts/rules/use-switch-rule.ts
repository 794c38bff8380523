"use client";
import { useRouter } from "next/navigation";
import { toast } from "sonner";
import { useSave } from "@/components/settings/use-save";
import type { RuleDetails, RuleView } from "@/lib/alerts/rules/views";
import { ALERTS_PATH, RULES_PATH } from "./use-rules";

type SwitchAction = "enable" | "disable" | "delete" | "restore" | "duplicate";

/** What can be done to a whole rule. Deleting offers to undo it: the rule is kept, with its incidents. */
export function useSwitchRule() {
  const router = useRouter();
  const save = useSave<RuleDetails>(ALERTS_PATH);
  const run = (id: string, action: SwitchAction) =>
    save.mutateAsync(
      { method: "POST", path: `${RULES_PATH}/${id}/actions`, body: { action } },
      { onError: (error) => void toast.error(error.message) },
    );
  return {
    busy: save.isPending,
    toggle: ({ id, enabled }: Pick<RuleView, "id" | "enabled">) =>
      void run(id, enabled ? "disable" : "enable").catch(() => undefined),
    duplicate: (id: string) =>
      void run(id, "duplicate")
        .then((copy) => router.push(`/alerts/rules/${copy.id}`))
        .catch(() => undefined),
    remove: ({ id, name }: Pick<RuleView, "id" | "name">) =>
      void run(id, "delete")
        .then(() => {
          router.push("/alerts/rules");
          toast.success(`"${name}" is deleted.`, {
            duration: 15_000,
            action: { label: "Undo", onClick: () => void run(id, "restore").catch(() => undefined) },
          });
        })
        .catch(() => undefined),
  };
}
