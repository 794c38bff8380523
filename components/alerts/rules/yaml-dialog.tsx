"use client";
import { Download, FileCode2 } from "lucide-react";
import { useState } from "react";
import { Field } from "@/components/settings/field";
import { useSave } from "@/components/settings/use-save";
import { Button } from "@/components/ui/button";
import {
  Dialog,
  DialogContent,
  DialogDescription,
  DialogFooter,
  DialogHeader,
  DialogTitle,
  DialogTrigger,
} from "@/components/ui/dialog";
import { notify } from "@/components/ui/notify";
import { Textarea } from "@/components/ui/textarea";
import type { ImportResult } from "@/lib/alerts/yaml/import-rules";
import { ALERTS_PATH } from "./use-rules";

const PATH = `${ALERTS_PATH}/yaml`;

/** Rules as a file: for version control, and for another installation. */
export function YamlDialog({ admin }: { admin: boolean }) {
  const [open, setOpen] = useState(false);
  const [yaml, setYaml] = useState("");
  const [refused, setRefused] = useState<string | null>(null);
  const save = useSave<ImportResult>(ALERTS_PATH);
  const importIt = () =>
    void save
      .mutateAsync({ method: "POST", path: PATH, body: { yaml } })
      .then(({ created, updated, unchanged }) => {
        setOpen(false);
        setYaml("");
        void notify("success", `${created.length} made, ${updated.length} changed, ${unchanged.length} as they were.`);
      })
      .catch((error: unknown) => setRefused(error instanceof Error ? error.message : String(error)));
  return (
    <Dialog open={open} onOpenChange={setOpen}>
      <DialogTrigger asChild>
        <Button size="sm" variant="outline">
          <FileCode2 aria-hidden /> YAML
        </Button>
      </DialogTrigger>
      <DialogContent className="max-w-2xl">
        <DialogHeader>
          <DialogTitle>Rules as YAML</DialogTitle>
          <DialogDescription>
            A rule is known by its name: a new name is a new rule, and what is not in the file stays. All of a file goes in, or
            nothing.
          </DialogDescription>
        </DialogHeader>
        <Button size="sm" variant="outline" className="justify-self-start" asChild>
          <a href={PATH} download="alert-rules.yaml">
            <Download aria-hidden /> Download all rules
          </a>
        </Button>
        {admin ? (
          <>
            <Field label="File to import">
              {(control) => (
                <Textarea
                  {...control}
                  rows={12}
                  className="font-mono text-xs"
                  spellCheck={false}
                  placeholder={"version: 1\nrules:\n  - name: Cost of support\n    metric: cost_usd\n    …"}
                  value={yaml}
                  onChange={(event) => {
                    setYaml(event.target.value);
                    setRefused(null);
                  }}
                />
              )}
            </Field>
            {refused ? (
              <p role="alert" className="text-[13px] whitespace-pre-line text-destructive">
                {refused}
              </p>
            ) : null}
            <DialogFooter>
              <Button disabled={save.isPending || yaml.trim() === ""} onClick={importIt}>
                Import
              </Button>
            </DialogFooter>
          </>
        ) : null}
      </DialogContent>
    </Dialog>
  );
}
