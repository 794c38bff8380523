"use client";
import { formatInstant } from "@/components/format/time-label";
import { useWorkspace } from "@/components/layout/workspace";
import type { AuditEventView } from "@/lib/audit/schemas";

/** In the order of the chain, the newest first: sorting would hide what the hashes prove. */
export function AuditTable({ events }: { events: readonly AuditEventView[] }) {
  const { timeZone } = useWorkspace();
  return (
    <div
      // A region that scrolls must be reachable by keyboard.
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      role="region"
      aria-label="Audit events"
      className="min-w-0 overflow-x-auto rounded-md border"
    >
      <table className="w-full text-left text-[13px]">
        <caption className="sr-only">Audit events, the newest first</caption>
        <thead className="bg-muted text-xs text-muted-foreground">
          <tr>
            {["No.", "When", "Who", "Action", "On", "What changed"].map((header) => (
              <th key={header} scope="col" className="px-3 py-2 font-medium whitespace-nowrap">
                {header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {events.map((event) => (
            <tr key={event.seq} className="border-t align-top">
              <td className="px-3 py-2 tabular" title={event.hash}>
                {event.seq}
              </td>
              <td className="px-3 py-2 whitespace-nowrap tabular">{formatInstant(event.at, timeZone, { seconds: true })}</td>
              <td className="px-3 py-2 whitespace-nowrap">
                {event.actor.name}
                {event.actor.kind === "user" ? null : (
                  <span className="text-muted-foreground"> ({event.actor.kind.replace("_", " ")})</span>
                )}
              </td>
              <td className="px-3 py-2 font-mono text-xs whitespace-nowrap">{event.action}</td>
              <td className="max-w-52 truncate px-3 py-2 font-mono text-xs" title={event.subject}>
                {event.subject}
              </td>
              <td className="px-3 py-1">
                <Details data={event.data} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Details({ data }: { data: unknown }) {
  return (
    <details>
      <summary className="flex min-h-6 items-center text-accent-foreground">Details</summary>
      <pre className="max-w-xl py-1 font-mono text-xs break-words whitespace-pre-wrap">{JSON.stringify(data, null, 2)}</pre>
    </details>
  );
}
