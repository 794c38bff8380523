"use client";
import { Trash2 } from "lucide-react";
import { toast } from "sonner";
import { useSave } from "@/components/settings/use-save";
import { Button } from "@/components/ui/button";

/** Deletes one thing, and offers to make it again where `undo` says how. */
export function DeleteButton({
  path,
  collection,
  name,
  undo,
}: {
  path: string;
  collection: string;
  name: string;
  undo?: unknown;
}) {
  const save = useSave(collection, "/api/v1/advisor/playbooks");
  const remove = () =>
    save.mutate(
      { method: "DELETE", path },
      {
        onSuccess: () =>
          toast.success(
            `${name} is deleted.`,
            undo === undefined
              ? {}
              : { action: { label: "Undo", onClick: () => save.mutate({ method: "POST", path: collection, body: undo }) } },
          ),
        onError: (error) => toast.error(error.message),
      },
    );
  return (
    <Button
      variant="ghost"
      size="icon"
      className="size-7"
      aria-label={`Delete ${name}`}
      disabled={save.isPending}
      onClick={remove}
    >
      <Trash2 aria-hidden />
    </Button>
  );
}
