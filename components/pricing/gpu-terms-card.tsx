"use client";
import { useState, type FormEvent } from "react";
import { toast } from "sonner";
import { useApi, type ApiError } from "@/components/query";
import { Field } from "@/components/settings/field";
import { useSave } from "@/components/settings/use-save";
import { QueryCard } from "@/components/states";
import { DataTable, type DataColumn } from "@/components/table/data-table";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Dialog, DialogContent, DialogDescription, DialogFooter, DialogHeader, DialogTitle } from "@/components/ui/dialog";
import { Input } from "@/components/ui/input";
import { Segmented } from "@/components/ui/segmented";
import { TERM_KINDS, type TermKind, type TermView } from "@/lib/allocation/schemas";
import { FIELDS, KIND_WORDS, termsOf, wordTerms, type FieldValues } from "./term-words";
import { startOfDay, wordEffective } from "./words";

const STANDING = { in_force: "In force", future: "From later on", past: "Past", withdrawn: "Withdrawn" } as const;
const PATH = "/api/v1/gpu-terms";

/** What GPUs were bought on, what comes on top, and who pays for idle: what allocation goes by. */
export function GpuTermsCard({ admin }: { admin: boolean }) {
  const terms = useApi<{ items: TermView[] }>(PATH);
  const withdraw = useSave(PATH);
  const [open, setOpen] = useState(false);
  const columns: DataColumn<TermView>[] = [
    { id: "kind", header: "Term", value: (term) => KIND_WORDS[term.terms.kind] },
    { id: "says", header: "Says", value: (term) => wordTerms(term.terms) },
    { id: "effective", header: "Effective", value: (term) => term.effectiveFrom, cell: (term) => wordEffective(term) },
    {
      id: "standing",
      header: "Standing",
      value: (term) => term.standing,
      cell: (term) => <Badge variant={term.standing === "in_force" ? "success" : "outline"}>{STANDING[term.standing]}</Badge>,
    },
    {
      id: "note",
      header: "Source",
      value: (term) => term.note,
      cell: (term) => (
        <span className="block max-w-72 truncate" title={`${term.note} (${term.createdBy})`}>
          {term.note}
        </span>
      ),
    },
    ...(admin
      ? [
          {
            id: "withdraw",
            header: "Withdraw",
            value: () => null,
            cell: (term: TermView) =>
              term.standing === "withdrawn" ? null : (
                <Button
                  size="sm"
                  variant="outline"
                  aria-label={`Withdraw ${KIND_WORDS[term.terms.kind]}: ${wordTerms(term.terms)}`}
                  disabled={withdraw.isPending}
                  onClick={() =>
                    void withdraw
                      .mutateAsync(
                        { method: "POST", path: `${PATH}/${term.id}/withdraw` },
                        { onSuccess: () => toast.success("Withdrawn. Hours that it spoke for are allocated anew.") },
                      )
                      .catch(() => undefined)
                  }
                >
                  Withdraw
                </Button>
              ),
          } satisfies DataColumn<TermView>,
        ]
      : []),
  ];
  return (
    <QueryCard
      title="GPU cost terms"
      description="Commitments, owned GPUs, named lines, energy, idle modes and shared hosts. A term is never edited: a later or narrower one takes over, and the hours that it speaks for are allocated anew."
      actions={
        admin ? (
          <Button size="sm" onClick={() => setOpen(true)}>
            Add a term
          </Button>
        ) : null
      }
      query={terms}
      isEmpty={({ items }) => items.length === 0}
      empty={{
        title: "No term yet",
        why: "GPUs cost the rate of their readings, and idle is charged to nobody.",
      }}
    >
      {({ items }) => (
        <>
          <DataTable caption="GPU cost terms" rows={items} columns={columns} rowId={(term) => term.id} csv="gpu-terms" />
          {open ? <TermDialog onClose={() => setOpen(false)} /> : null}
        </>
      )}
    </QueryCard>
  );
}

function TermDialog({ onClose }: { onClose: () => void }) {
  const save = useSave(PATH);
  const [kind, setKind] = useState<TermKind>("idle");
  const [values, setValues] = useState<FieldValues>({});
  const [from, setFrom] = useState("");
  const [note, setNote] = useState("");
  const [refusal, setRefusal] = useState<ApiError | null>(null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void save
      .mutateAsync(
        {
          method: "POST",
          path: PATH,
          body: { terms: termsOf(kind, values), effectiveFrom: startOfDay(from), note },
        },
        {
          onSuccess: () => {
            toast.success("The term is set. The hours that it speaks for are allocated anew.");
            onClose();
          },
          onError: setRefusal,
        },
      )
      .catch(() => undefined);
  };
  return (
    <Dialog open onOpenChange={(isOpen) => (isOpen ? undefined : onClose())}>
      <DialogContent>
        <form onSubmit={submit} className="contents" noValidate>
          <DialogHeader>
            <DialogTitle>Add a GPU cost term</DialogTitle>
            <DialogDescription>Closed hours from its beginning on are allocated anew by it.</DialogDescription>
          </DialogHeader>
          <Segmented
            label="Kind"
            options={TERM_KINDS.map((value) => ({ value, label: KIND_WORDS[value] }))}
            value={kind}
            onChange={(next) => {
              setKind(next);
              setValues({});
              setRefusal(null);
            }}
          />
          <div className="grid gap-3 sm:grid-cols-2">
            {FIELDS[kind].map((field) => (
              <Field key={field.name} label={field.label} hint={field.hint}>
                {(control) =>
                  field.options ? (
                    <select
                      {...control}
                      className="h-9 w-full rounded-md border bg-background px-2 text-[13px]"
                      value={values[field.name] ?? field.options[0]}
                      onChange={(event) => setValues({ ...values, [field.name]: event.target.value })}
                    >
                      {field.options.map((option) => (
                        <option key={option}>{option}</option>
                      ))}
                    </select>
                  ) : (
                    <Input
                      {...control}
                      value={values[field.name] ?? ""}
                      onChange={(event) => {
                        setValues({ ...values, [field.name]: event.target.value });
                        setRefusal(null);
                      }}
                    />
                  )
                }
              </Field>
            ))}
            <Field label="From" hint="UTC day; empty: always was">
              {(control) => <Input {...control} type="date" value={from} onChange={(event) => setFrom(event.target.value)} />}
            </Field>
          </div>
          <Field label="Where it comes from">
            {(control) => <Input {...control} value={note} onChange={(event) => setNote(event.target.value)} />}
          </Field>
          {refusal ? (
            <p role="alert" className="rounded-md bg-destructive-muted px-3 py-2 text-[13px] text-destructive">
              {refusal.message}
            </p>
          ) : null}
          <DialogFooter>
            <Button type="submit" disabled={save.isPending}>
              Set the term
            </Button>
          </DialogFooter>
        </form>
      </DialogContent>
    </Dialog>
  );
}
