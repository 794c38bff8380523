"use client";
import type { ReactNode } from "react";
import type { ChangePreview } from "@/lib/changes/schemas";
import { CLASS_WORDS, lengthOf, planInWords } from "../words";

/** Class, time to go back, who must agree, and the way it takes: what an approver weighs. */
export function ImpactFacts({ preview }: { preview: ChangePreview }) {
  const { name, what } = CLASS_WORDS[preview.restartClass];
  return (
    <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1.5 text-[13px]">
      <Fact term="Class">
        <span className="font-medium">{name}</span> <span className="text-muted-foreground">{what}</span>
      </Fact>
      <Fact term="Going back">about {lengthOf(preview.restoreSec)}</Fact>
      <Fact term="Approvals">
        {preview.quorum} {preview.quorum === 1 ? "person" : "people"} who did not work on it
        {preview.fourBit ? <span className="text-muted-foreground"> (4-bit weights need two)</span> : null}
      </Fact>
      <Fact term="Way">{planInWords(preview.plan)}</Fact>
    </dl>
  );
}

function Fact({ term, children }: { term: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-muted-foreground">{term}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </>
  );
}
