"use client";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { useWorkspace } from "@/components/layout/workspace";
import { useSave } from "@/components/settings/use-save";
import { notify } from "@/components/ui/notify";
import type { RuleDetails } from "@/lib/alerts/rules/views";
import { emptyDraft } from "./draft";
import { RuleForm } from "./rule-form";
import { RULES_PATH } from "./use-rules";

export function NewRulePage() {
  const { user } = useWorkspace();
  const router = useRouter();
  const save = useSave<RuleDetails>(RULES_PATH);
  const [initial] = useState(emptyDraft);
  return (
    <RuleForm
      initial={initial}
      saveLabel="Save the rule"
      {...(user.role === "admin"
        ? {
            onSave: async (rule) => {
              const made = await save.mutateAsync({ method: "POST", path: RULES_PATH, body: rule });
              void notify("success", `"${made.name}" is on: it is evaluated within seconds.`);
              router.push(`/alerts/rules/${made.id}`);
            },
          }
        : {})}
    />
  );
}
