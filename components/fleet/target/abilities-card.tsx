import { Check, CircleHelp } from "lucide-react";
import type { TargetView } from "@/lib/fleet/schemas";
import { capabilityLabel, capabilityMeaning, gpuWords } from "../words";
import { Facts, SectionCard } from "./section-card";

/** What it can be told, and what it runs on. A policy that asks for more is refused before it is sent. */
export function AbilitiesCard({ target }: { target: TargetView }) {
  const { capabilities, hardware, connector } = target;
  return (
    <>
      <SectionCard title="Capabilities" description="A policy that asks for more is refused before it is sent.">
        {capabilities.length === 0 ? (
          <p className="text-[13px] text-muted-foreground">It declared none.</p>
        ) : (
          <ul className="flex flex-col gap-1.5 text-[13px]">
            {capabilities.map((name) => {
              const meaning = capabilityMeaning(name);
              const Icon = meaning === null ? CircleHelp : Check;
              return (
                <li key={name} className="flex gap-2">
                  <Icon aria-hidden className="mt-0.5 size-3.5 shrink-0 text-muted-foreground" />
                  <span className="min-w-0 break-words">
                    <span className="font-medium">{capabilityLabel(name)}</span>
                    <span className="text-muted-foreground">: {meaning ?? "not known to this version of Headroom"}</span>
                  </span>
                </li>
              );
            })}
          </ul>
        )}
      </SectionCard>
      {hardware || connector === "engine" ? (
        <SectionCard title="Hardware" description="As its agent sees it. Nothing of it is trusted for money.">
          {hardware ? (
            <Facts
              facts={[
                ["GPUs", gpuWords(hardware) ?? "none seen"],
                [
                  "Memory",
                  hardware.memoryTotalMib === null
                    ? null
                    : `${(hardware.memoryTotalMib / 1_024).toLocaleString("en-US", { maximumFractionDigits: 1 })} GiB in all`,
                ],
                ["Engine", hardware.engine === null ? null : [hardware.engine, hardware.engineVersion].filter(Boolean).join(" ")],
                ["Model", hardware.model],
              ]}
            />
          ) : (
            <p className="text-[13px] text-muted-foreground">It has not told yet.</p>
          )}
        </SectionCard>
      ) : null}
    </>
  );
}
