"use client";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { parseAsString, parseAsStringLiteral, useQueryStates } from "nuqs";
import { useRef, useState } from "react";
import { toast } from "sonner";
import { callApi } from "@/components/query/api-error";
import { ConfirmDialog } from "@/components/settings/confirm-dialog";
import { useSave } from "@/components/settings/use-save";
import { QueryCard } from "@/components/states";
import { DataTable, type DataColumn } from "@/components/table/data-table";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { Segmented } from "@/components/ui/segmented";
import type { ImportResult, RulePage, RuleView } from "@/lib/pricing/manage/schemas";
import { BOOK_LABEL, STANDING_LABEL, STANDING_VARIANT, wordEffective, wordPrices } from "./words";

const BOOKS = ["all", "tenant", "workspace", "base", "imported"] as const;
const STANDINGS = ["all", "in_force", "future", "superseded"] as const;
const PAGE = 100;

/** The rules of every book, as they are or as they were known on a date. */
export function RulesCard({ admin }: { admin: boolean }) {
  const [options, setOptions] = useQueryStates({
    q: parseAsString.withDefault(""),
    book: parseAsStringLiteral(BOOKS).withDefault("all"),
    standing: parseAsStringLiteral(STANDINGS).withDefault("all"),
    known: parseAsString.withDefault(""),
  });
  const search = new URLSearchParams({
    limit: String(PAGE),
    ...(options.q ? { q: options.q } : {}),
    ...(options.book === "all" ? {} : { book: options.book }),
    ...(options.standing === "all" ? {} : { standing: options.standing }),
    ...(/^\d{4}-\d\d-\d\d$/.test(options.known) ? { asKnownOn: `${options.known}T23:59:59.999Z` } : {}),
  }).toString();
  const rules = useInfiniteQuery({
    queryKey: ["api", "/api/v1/pricing/rules", search],
    queryFn: ({ pageParam, signal }) =>
      callApi<RulePage>(`/api/v1/pricing/rules?${search}${pageParam ? `&before=${pageParam}` : ""}`, { signal }),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.next,
    select: ({ pages }) => ({ rows: pages.flatMap((page) => page.items), counts: pages[0]!.counts }),
    placeholderData: keepPreviousData,
  });
  const save = useSave("/api/v1/pricing");
  const columns: DataColumn<RuleView>[] = [
    {
      id: "model",
      header: "Model",
      value: (rule) => rule.model,
      cell: (rule) => (
        <span className="flex max-w-64 flex-col">
          <span className="truncate font-medium">{rule.model}</span>
          {rule.covers.toLowerCase() === rule.model.toLowerCase() ? null : (
            <span className="truncate text-xs text-muted-foreground" title={rule.covers}>
              {rule.covers}
            </span>
          )}
        </span>
      ),
    },
    { id: "provider", header: "Provider", value: (rule) => rule.provider },
    {
      id: "book",
      header: "Book",
      value: (rule) => rule.book,
      cell: (rule) => (
        <Badge variant={rule.book === "tenant" || rule.book === "workspace" ? "default" : "secondary"}>
          {BOOK_LABEL[rule.book]}
          {rule.tenantId ? ` ${rule.tenantId}` : ""}
        </Badge>
      ),
    },
    {
      id: "prices",
      header: "USD per 1M",
      value: (rule) => wordPrices(rule),
      cell: (rule) => <span className="block max-w-96 text-[13px] whitespace-normal tabular">{wordPrices(rule)}</span>,
    },
    {
      id: "effective",
      header: "Effective",
      value: (rule) => rule.effectiveFrom,
      cell: (rule) => `${wordEffective(rule)}${rule.window ? `, ${rule.window}` : ""}`,
    },
    {
      id: "standing",
      header: "Standing",
      value: (rule) => rule.standing,
      cell: (rule) => <Badge variant={STANDING_VARIANT[rule.standing]}>{STANDING_LABEL[rule.standing]}</Badge>,
    },
    {
      id: "source",
      header: "Source",
      value: (rule) => rule.source,
      cell: (rule) => (
        <span className="block max-w-56 truncate" title={rule.source}>
          {rule.source} · rule {rule.id}
        </span>
      ),
    },
    ...(admin
      ? [
          {
            id: "actions",
            header: "Actions",
            align: "right" as const,
            value: () => null,
            cell: (rule: RuleView) =>
              rule.supersededAt === null && (rule.book === "tenant" || rule.book === "workspace") ? (
                <ConfirmDialog
                  trigger={
                    <Button size="sm" variant="outline" aria-label={`Withdraw rule ${rule.id}, ${rule.model}`}>
                      Withdraw
                    </Button>
                  }
                  title={`Withdraw the price of ${rule.model}?`}
                  consequence="New requests meet the next price in order, or none. Stored costs stay, and the rule stays to explain them."
                  confirm="Withdraw"
                  onConfirm={() =>
                    save.mutateAsync(
                      {
                        method: "POST",
                        path: `/api/v1/pricing/rules/${rule.id}/withdraw`,
                        body: { note: "Withdrawn on the pricing page" },
                      },
                      {
                        onSuccess: () => void toast.success(`Rule ${rule.id} is withdrawn.`),
                        onError: (error) => void toast.error(error.message),
                      },
                    )
                  }
                />
              ) : null,
          },
        ]
      : []),
  ];
  return (
    <QueryCard
      title="Price rules"
      description="A call meets the tenant's price first, then the workspace's, the list's, and the imported book's. Newest rules first."
      actions={admin ? <ImportButton /> : null}
      query={rules}
      height={420}
      isEmpty={() => false}
    >
      {({ rows, counts }) => (
        <div className="flex flex-col gap-3">
          <div className="flex flex-wrap items-center gap-2">
            <Input
              aria-label="Find a model, provider or tenant"
              placeholder="Model, provider or tenant"
              className="h-8 w-56 text-[13px]"
              value={options.q}
              onChange={(event) => void setOptions({ q: event.target.value || null })}
            />
            <Segmented
              label="Book"
              options={BOOKS.map((value) => ({
                value,
                label: value === "all" ? "All" : `${BOOK_LABEL[value]} ${counts[value].toLocaleString("en-US")}`,
              }))}
              value={options.book}
              onChange={(book) => void setOptions({ book })}
            />
            <Segmented
              label="Standing"
              options={STANDINGS.map((value) => ({ value, label: value === "all" ? "Any standing" : STANDING_LABEL[value] }))}
              value={options.standing}
              onChange={(standing) => void setOptions({ standing })}
            />
            <label htmlFor="rules-known" className="flex items-center gap-1.5 text-[13px] text-muted-foreground">
              As known on
              <Input
                id="rules-known"
                type="date"
                className="h-8 w-36 text-[13px]"
                value={options.known}
                onChange={(event) => void setOptions({ known: event.target.value || null })}
              />
            </label>
          </div>
          <DataTable
            caption="Rules of all books"
            rows={rows}
            columns={columns}
            rowId={(rule) => String(rule.id)}
            csv="price-rules"
            maxHeight={rows.length > 15 ? 640 : undefined}
            empty="No rule matches."
          />
          {rules.hasNextPage ? (
            <Button
              variant="outline"
              className="self-center"
              disabled={rules.isFetchingNextPage}
              onClick={() => void rules.fetchNextPage()}
            >
              {rules.isFetchingNextPage ? "Loading…" : "Load more"}
            </Button>
          ) : null}
        </div>
      )}
    </QueryCard>
  );
}

/** Takes LiteLLM's price file; what could not be read is listed by its key. */
function ImportButton() {
  const save = useSave<ImportResult>("/api/v1/pricing");
  const input = useRef<HTMLInputElement>(null);
  const [problems, setProblems] = useState<ImportResult["problems"]>([]);
  const take = async (file: File) => {
    setProblems([]);
    let body: unknown;
    try {
      body = JSON.parse(await file.text());
    } catch (error) {
      toast.error(`${file.name} is not JSON: ${(error as Error).message}`);
      return;
    }
    await save.mutateAsync(
      { method: "POST", path: "/api/v1/pricing/import", body },
      {
        onSuccess: (result) => {
          setProblems(result.problems);
          toast.success(
            `${result.imported} prices imported, ${result.unchanged} unchanged, ${result.superseded} superseded, ${result.problems.length} entries refused.`,
          );
        },
        onError: (error) => void toast.error(error.message),
      },
    );
  };
  return (
    <span className="flex flex-col items-end gap-1">
      <input
        ref={input}
        type="file"
        accept="application/json,.json"
        className="sr-only"
        aria-label="LiteLLM price file"
        tabIndex={-1}
        onChange={(event) => {
          const [file] = event.target.files ?? [];
          event.target.value = "";
          if (file) void take(file).catch(() => undefined);
        }}
      />
      <Button size="sm" variant="outline" disabled={save.isPending} onClick={() => input.current?.click()}>
        Import a second book
      </Button>
      {problems.length > 0 ? (
        <ul aria-label="Entries that were refused" className="max-h-40 overflow-y-auto text-xs text-destructive">
          {problems.map(({ key, problem }) => (
            <li key={key}>
              <code className="font-mono">{key}</code>: {problem}
            </li>
          ))}
        </ul>
      ) : null}
    </span>
  );
}
