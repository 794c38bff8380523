"use client";
import Link from "next/link";
import { formatInstant } from "@/components/format/time-label";
import { useWorkspace } from "@/components/layout/workspace";
import { CopyButton } from "@/components/ui/copy-button";
import type { TargetView } from "@/lib/fleet/schemas";
import { CONNECTOR_LABEL } from "../words";
import { Facts, SectionCard } from "./section-card";

const linkClasses = "rounded-sm text-accent-foreground underline underline-offset-2";

export function IdentityCard({ target }: { target: TargetView }) {
  const { timeZone } = useWorkspace();
  const isGateway = target.connector !== "engine";
  const policies = isGateway
    ? `/policies?environment=${encodeURIComponent(target.environment)}`
    : `/policies?of=engines&pool=${encodeURIComponent(target.pool ?? target.name)}&node=${encodeURIComponent(target.name)}`;
  const requests = `/requests?${isGateway ? "gateway" : "node"}=${encodeURIComponent(target.name)}`;
  return (
    <SectionCard title="Identity">
      <Facts
        facts={[
          ["Connector", CONNECTOR_LABEL[target.connector]],
          ["Environment", target.environment],
          ["Pool", target.pool],
          ["Version", target.version],
          ["Enrolled", formatInstant(target.enrolledAt, timeZone)],
          [
            "Id",
            <span key="id" className="inline-flex max-w-full items-center gap-1">
              <code className="min-w-0 font-mono text-xs break-all">{target.id}</code>
              <CopyButton value={target.id} label="Copy target id" className="size-6" />
            </span>,
          ],
          [
            "See also",
            <span key="links" className="flex flex-wrap gap-x-3">
              <Link className={linkClasses} href={policies}>
                Policies it gets
              </Link>
              <Link className={linkClasses} href={requests}>
                Requests it served
              </Link>
            </span>,
          ],
        ]}
      />
    </SectionCard>
  );
}
