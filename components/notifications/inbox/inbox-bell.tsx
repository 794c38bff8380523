"use client";
import { Bell } from "lucide-react";
import Link from "next/link";
import { useState } from "react";
import { formatAge } from "@/components/format/time-label";
import { useApi } from "@/components/query";
import { useSave } from "@/components/settings/use-save";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Popover, PopoverContent, PopoverTrigger } from "@/components/ui/popover";
import type { InboxEntry, InboxView } from "@/lib/notifications/inbox/schemas";
import { SEVERITY_VARIANT } from "../words";

const INBOX = "/api/v1/notifications";
const REFRESH_MS = 30_000;

/** Everything that happened and that one may see, with no channel set up at all. */
export function InboxBell() {
  const [open, setOpen] = useState(false);
  const query = useApi<InboxView>(INBOX, { refreshMs: REFRESH_MS });
  const save = useSave(INBOX);
  const { entries = [], unread = 0 } = query.data ?? {};
  return (
    <Popover open={open} onOpenChange={setOpen}>
      <PopoverTrigger asChild>
        <Button
          variant="ghost"
          size="icon"
          className="relative"
          aria-label={unread > 0 ? `Notifications, ${unread} unread` : "Notifications"}
        >
          <Bell aria-hidden />
          {unread > 0 ? (
            <span
              aria-hidden
              className="absolute top-0.5 right-0.5 flex min-w-4 items-center justify-center rounded-full bg-destructive px-1 text-[10px] font-semibold text-destructive-foreground"
            >
              {unread > 99 ? "99+" : unread}
            </span>
          ) : null}
        </Button>
      </PopoverTrigger>
      <PopoverContent align="end" className="w-96 p-0" aria-label="Notifications">
        <div className="flex items-center justify-between gap-2 border-b px-3 py-2">
          <h2 className="text-sm font-semibold">Notifications</h2>
          <Button
            size="sm"
            variant="ghost"
            disabled={unread === 0 || save.isPending}
            onClick={() => save.mutate({ method: "POST", path: INBOX, body: { upTo: entries[0]?.id ?? "0" } })}
          >
            Mark all read
          </Button>
        </div>
        {query.error && entries.length === 0 ? <p className="p-3 text-[13px] text-destructive">{query.error.message}</p> : null}
        {query.data && entries.length === 0 ? (
          <p className="p-3 text-[13px] text-muted-foreground">Nothing yet. Alerts, budgets and changes appear here.</p>
        ) : null}
        <ul className="max-h-[min(28rem,70vh)] overflow-y-auto" aria-label="Newest notifications">
          {entries.map((entry) => (
            <Entry key={entry.id} entry={entry} now={query.dataUpdatedAt} onFollow={() => setOpen(false)} />
          ))}
        </ul>
      </PopoverContent>
    </Popover>
  );
}

function Entry({ entry, now, onFollow }: { entry: InboxEntry; now: number; onFollow: () => void }) {
  const { title, body, path, severity, incidentState, at, read, quiet } = entry;
  return (
    <li className="border-b last:border-0">
      <Link
        href={path}
        onClick={onFollow}
        className="flex flex-col gap-1 px-3 py-2 hover:bg-accent focus-visible:-outline-offset-2"
      >
        <span className={read ? "text-[13px]" : "text-[13px] font-semibold"}>{title}</span>
        {body ? <span className="line-clamp-2 text-xs text-muted-foreground">{body}</span> : null}
        <span className="flex flex-wrap items-center gap-1.5 text-xs text-muted-foreground">
          <Badge variant={incidentState === "resolved" ? "success" : SEVERITY_VARIANT[severity]}>
            {incidentState === null || incidentState === "triggered" ? severity : incidentState}
          </Badge>
          {quiet ? <Badge variant="outline">silenced</Badge> : null}
          {formatAge(now - Date.parse(at))}
          {read ? null : <span className="sr-only">unread</span>}
        </span>
      </Link>
    </li>
  );
}
