"use client";
import { useQueryClient } from "@tanstack/react-query";
import { Bookmark, Trash2, Users } from "lucide-react";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { useState, type FormEvent } from "react";
import { useWorkspace } from "@/components/layout/workspace";
import { callApi } from "@/components/query/api-error";
import { useApi } from "@/components/query/use-api";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Input } from "@/components/ui/input";
import { Label } from "@/components/ui/label";
import { notify } from "@/components/ui/notify";
import { Popover, PopoverContent, PopoverTrigger } from "@/components/ui/popover";

interface SavedView {
  id: string;
  name: string;
  path: string;
  query: string;
  shared: boolean;
  owner: { id: string; name: string };
}

const PATH = "/api/v1/saved-views";

/** Views are query strings with a name, for oneself or for the team. */
export function SavedViews() {
  const [open, setOpen] = useState(false);
  return (
    <Popover open={open} onOpenChange={setOpen}>
      <PopoverTrigger asChild>
        <Button variant="outline" size="sm">
          <Bookmark aria-hidden className="text-muted-foreground" /> Views
        </Button>
      </PopoverTrigger>
      <PopoverContent align="end" className="w-80 p-0" aria-label="Saved views">
        {open ? <ViewList onDone={() => setOpen(false)} /> : null}
      </PopoverContent>
    </Popover>
  );
}

function ViewList({ onDone }: { onDone: () => void }) {
  const path = usePathname();
  const client = useQueryClient();
  const { user } = useWorkspace();
  const views = useApi<{ views: SavedView[] }>(`${PATH}?path=${encodeURIComponent(path)}`);
  const list = views.data?.views ?? [];
  const [name, setName] = useState("");
  const [shared, setShared] = useState(false);
  const refresh = () =>
    client.invalidateQueries({ queryKey: ["api"], predicate: ({ queryKey }) => String(queryKey[1]).startsWith(PATH) });

  const save = async (event: FormEvent) => {
    event.preventDefault();
    try {
      await callApi(PATH, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ name: name.trim(), path, query: window.location.search.replace(/^\?/, ""), shared }),
      });
      setName("");
      void notify("success", "View saved");
      await refresh();
    } catch (error) {
      void notify("error", error instanceof Error ? error.message : "The view could not be saved.");
    }
  };
  const remove = async (view: SavedView) => {
    try {
      await callApi(`${PATH}/${view.id}`, { method: "DELETE" });
      await refresh();
    } catch (error) {
      void notify("error", error instanceof Error ? error.message : "The view could not be removed.");
    }
  };

  return (
    <>
      <div className="max-h-64 overflow-y-auto p-1">
        {views.isPending ? <p className="p-2 text-[13px] text-muted-foreground">Loading…</p> : null}
        {views.isError ? <p className="p-2 text-[13px] text-muted-foreground">{views.error.message}</p> : null}
        {!views.isPending && !views.isError && list.length === 0 ? (
          <p className="p-2 text-[13px] text-muted-foreground">
            No saved views of this page yet. Save the one you are looking at.
          </p>
        ) : null}
        <ul>
          {list.map((view) => (
            <li key={view.id} className="flex items-center gap-1">
              <Link
                href={view.query ? `${path}?${view.query}` : path}
                onClick={onDone}
                className="flex min-h-8 min-w-0 flex-1 items-center gap-2 rounded-md px-2 text-[13px] hover:bg-muted"
              >
                <span className="truncate">{view.name}</span>
                {view.shared ? (
                  <Users aria-label="shared with the team" className="size-3.5 shrink-0 text-muted-foreground" />
                ) : null}
              </Link>
              {view.owner.id !== user.id ? null : (
                <Button
                  variant="ghost"
                  size="icon"
                  className="size-7"
                  aria-label={`Remove view ${view.name}`}
                  onClick={() => void remove(view)}
                >
                  <Trash2 aria-hidden className="size-3.5" />
                </Button>
              )}
            </li>
          ))}
        </ul>
      </div>
      {user.role === "viewer" ? null : (
        <form onSubmit={(event) => void save(event)} className="flex flex-col gap-2 border-t p-3">
          <Label className="flex flex-col gap-1">
            Save this view as
            <Input className="h-8 text-[13px]" value={name} maxLength={80} onChange={(event) => setName(event.target.value)} />
          </Label>
          <div className="flex items-center justify-between gap-2">
            <Label className="flex min-h-6 items-center gap-2 font-normal">
              <Checkbox checked={shared} onCheckedChange={(on) => setShared(on === true)} /> Share with the team
            </Label>
            <Button type="submit" size="sm" disabled={name.trim() === ""}>
              Save
            </Button>
          </div>
        </form>
      )}
    </>
  );
}
