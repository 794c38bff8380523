"use client";
import { X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useWorkspace } from "@/components/layout/workspace";
import { useApi } from "@/components/query";
import { QueryCard } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Segmented } from "@/components/ui/segmented";
import type { PolicyDocument } from "@/lib/policies/store";
import type { PolicyRef } from "@/lib/policies/store/schemas";
import { HistoryList } from "./editor/history-list";
import { JsonField } from "./editor/json-field";
import { PolicyEditor } from "./editor/policy-editor";
import { ofScope } from "./scope-badge";
import { searchOf, type Place } from "./use-place";

const SHOW = [
  { value: "document", label: "Document" },
  { value: "history", label: "History" },
] as const;

/** One document of one scope: edited into a change request by those who may draft one, read by others, with its history. */
export function DocumentCard({ policyRef, place }: { policyRef: PolicyRef; place: Place }) {
  const { user } = useWorkspace();
  const name = ofScope(policyRef.kind, policyRef.scope);
  const mayEdit = user.role !== "viewer";
  // Kept as it was opened: what others save meanwhile is shown as a meeting of two edits, not under one's hands.
  const query = useApi<PolicyDocument>(`/api/v1/policies/document?${searchOf(policyRef)}`);
  const [opened, setOpened] = useState<PolicyDocument>();
  if (query.data && !query.isPlaceholderData && opened === undefined && !query.isFetching) setOpened(query.data);
  const top = useRef<HTMLDivElement>(null);
  useEffect(() => top.current?.focus({ preventScroll: false }), []);
  const close = () => void place.set({ kind: null, level: null, show: null });
  return (
    <div ref={top} tabIndex={-1} className="scroll-mt-32 rounded-lg outline-none">
      <QueryCard
        title={<span className="inline-block first-letter:uppercase">{name}</span>}
        description={
          query.data?.current
            ? `Version ${query.data.current.version} is in force: ${query.data.current.message}`
            : "It says nothing yet: the first change makes version 1."
        }
        query={query}
        height={360}
        isEmpty={() => false}
        actions={
          <Button size="icon" variant="ghost" aria-label={`Close ${name}`} onClick={close}>
            <X aria-hidden />
          </Button>
        }
      >
        {(data) => (
          <div className="flex min-w-0 flex-col gap-4">
            <Segmented
              label="Show"
              className="self-start"
              options={SHOW}
              value={place.show}
              onChange={(show) => void place.set({ show })}
            />
            {/* Hidden, not unmounted: a look at the history must not cost one's edits. */}
            <div hidden={place.show !== "document"}>
              {!mayEdit ? (
                <div className="flex flex-col gap-2">
                  <JsonField label={`${name} as JSON`} value={JSON.stringify(data.document, null, 2)} marks={[]} />
                  <p className="text-[13px] text-muted-foreground">Analysts and leads can propose a change of it.</p>
                </div>
              ) : opened ? (
                <PolicyEditor policyRef={policyRef} loaded={opened} effectivePath={place.effectivePath} />
              ) : null}
            </div>
            {place.show === "history" ? <HistoryList policyRef={policyRef} mayEdit={mayEdit} /> : null}
          </div>
        )}
      </QueryCard>
    </div>
  );
}
