"use client";
import { Plus } from "lucide-react";
import { useState } from "react";
import { Segmented } from "@/components/ui/segmented";
import { Button } from "@/components/ui/button";
import type { PolicyKind } from "@/lib/policies/kinds";
import type { PolicyList } from "@/lib/policies/store";
import type { AnyScope } from "@/lib/policies/schemas";
import type { PolicyRef } from "@/lib/policies/store/schemas";
import { textOf, type EditDraft } from "./draft-state";
import { firstOf, levelsOf, Pick, ScopePicker } from "./scope-picker";
import { kindsOf, usePlaceDocuments } from "./use-place-documents";

const OF = [
  { value: "gateways", label: "Gateways" },
  { value: "engines", label: "Engines" },
] as const;
type Of = (typeof OF)[number]["value"];

/** Any policy of any scope. */
export function AddEdit({ list, onAdd, onClose }: { list: PolicyList; onAdd: (edit: EditDraft) => void; onClose: () => void }) {
  const { choices, limited } = list;
  const start = (of: Of) =>
    levelsOf(of, limited)
      .map((level) => firstOf(level, choices))
      .find((scope) => scope !== null) ?? null;
  const [of, setOf] = useState<Of>("gateways");
  const [scope, setScope] = useState<AnyScope | null>(() => start("gateways"));
  const [kind, setKind] = useState<PolicyKind>("routing");
  const { data, error } = usePlaceDocuments(scope);
  const kinds = scope ? kindsOf(scope) : [];
  const chosen = kinds.includes(kind) ? kind : kinds[0];
  const document = chosen && data?.documents[chosen];
  return (
    <div role="group" aria-label="Another policy" className="flex flex-col gap-3 rounded-md border border-dashed p-3">
      <div className="flex flex-wrap items-end gap-3">
        <Segmented
          label="Policies of"
          options={OF}
          value={of}
          onChange={(next) => {
            setOf(next);
            setScope(start(next));
          }}
        />
        {chosen ? (
          <Pick
            label="Policy"
            value={chosen}
            options={kinds.map((value) => ({ value, label: value }))}
            onChange={(value) => setKind(value as PolicyKind)}
          />
        ) : null}
        {scope ? (
          <ScopePicker of={of} choices={choices} limited={limited} scope={scope} onChange={setScope} />
        ) : (
          <p className="text-[13px] text-muted-foreground">
            {limited ? "Engines serve every tenant, and you are limited to some." : "No pool of engines is known yet."}
          </p>
        )}
      </div>
      {error ? (
        <p role="alert" className="text-[13px] text-destructive">
          {error.message}
        </p>
      ) : null}
      <div className="flex gap-2">
        <Button
          size="sm"
          disabled={!document}
          onClick={() => {
            if (!document || !chosen || !scope) return;
            const text = textOf(document.document);
            onAdd({
              ref: { kind: chosen, scope } as PolicyRef,
              baseVersion: document.current?.version ?? 0,
              baseText: text,
              text,
            });
          }}
        >
          <Plus aria-hidden /> Edit it
        </Button>
        <Button size="sm" variant="ghost" onClick={onClose}>
          Cancel
        </Button>
      </div>
    </div>
  );
}
