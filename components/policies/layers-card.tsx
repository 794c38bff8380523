"use client";
import { useWorkspace } from "@/components/layout/workspace";
import { formatAge } from "@/components/format/time-label";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { POLICY_KINDS } from "@/lib/policies/kinds";
import type { PolicyHeadView, PolicyRef } from "@/lib/policies/store/schemas";
import type { AnyScope } from "@/lib/policies/schemas";
import { ofScope, titleOf } from "./scope-badge";
import type { Place } from "./use-place";

/** The scopes that meet in this place, and what each of them says: broad first, the way to every document. */
export function LayersCard({
  place,
  policies,
  limited,
}: {
  place: Place;
  policies: readonly PolicyHeadView[];
  limited: boolean;
}) {
  const { user } = useWorkspace();
  const mayDraft = user.role !== "viewer";
  const kinds = POLICY_KINDS.filter((kind) => (kind === "engine") === (place.of === "engines"));
  return (
    <Card role="region" aria-label="Layers">
      <CardHeader>
        <CardTitle>Layers</CardTitle>
        <CardDescription>Broad to narrow. A narrower scope wins, value by value.</CardDescription>
      </CardHeader>
      <CardContent className="flex flex-col gap-3">
        {place.scopes.map((scope) => {
          const hidden = limited && scope.level !== "tenant";
          return (
            <section key={scope.level} aria-label={`Layer ${titleOf(scope)}`} className="rounded-md border">
              <h3 className="border-b bg-muted/60 px-3 py-1.5 text-[13px] font-medium break-words">{capital(titleOf(scope))}</h3>
              {hidden ? (
                <p className="px-3 py-2 text-[13px] text-muted-foreground">
                  It concerns tenants that you do not see. What it means for yours is in the effective policy.
                </p>
              ) : (
                <ul className="divide-y">
                  {kinds.map((kind) => {
                    const head = policies.find((one) => one.kind === kind && sameScope(one.scope, scope));
                    const ref = { kind, scope } as PolicyRef;
                    const open = place.open?.kind === kind && sameScope(place.open.scope, scope);
                    return (
                      <li key={kind} className="flex items-center gap-3 px-3 py-1.5">
                        <span className="min-w-0 flex-1">
                          <span className="block text-[13px] font-medium capitalize">{kind}</span>
                          <span className="block truncate text-xs text-muted-foreground" title={head?.message}>
                            {head
                              ? `Version ${head.version}, ${head.author.name}, ${formatAge(Date.now() - Date.parse(head.at))}`
                              : "Says nothing"}
                          </span>
                        </span>
                        <Button
                          size="sm"
                          variant={open ? "secondary" : "outline"}
                          aria-current={open ? "true" : undefined}
                          aria-label={`${mayDraft ? (head ? "Edit" : "Write") : "Open"} ${ofScope(kind, scope)}`}
                          disabled={!mayDraft && !head}
                          onClick={() => void place.set({ kind: ref.kind, level: scope.level, show: null })}
                        >
                          {mayDraft ? (head ? "Edit" : "Write") : "Open"}
                        </Button>
                      </li>
                    );
                  })}
                </ul>
              )}
            </section>
          );
        })}
        {mayDraft && !limited && place.of === "gateways" && (!place.tenant || !place.endpoint) ? (
          <p className="text-xs text-muted-foreground">
            Choose {[place.tenant ? "" : "a tenant", place.endpoint ? "" : "an endpoint"].filter(Boolean).join(" or ")} above to
            write a policy for it alone.
          </p>
        ) : null}
      </CardContent>
    </Card>
  );
}

const sameScope = (a: AnyScope, b: AnyScope) => a.level === b.level && a.value === b.value;
const capital = (text: string) => text[0]!.toUpperCase() + text.slice(1);
