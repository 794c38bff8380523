"use client";
import { formatInstant } from "@/components/format";
import { useWorkspace } from "@/components/layout/workspace";
import { useSave } from "@/components/settings/use-save";
import { QueryCard } from "@/components/states";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardHeader, CardTitle } from "@/components/ui/card";
import { notify } from "@/components/ui/notify";
import { ruleFieldsSchema } from "@/lib/alerts/rules/schemas";
import type { RuleDetails } from "@/lib/alerts/rules/views";
import type { Draft } from "./draft";
import { RuleForm } from "./rule-form";
import { useSwitchRule } from "./use-switch-rule";
import { RULES_PATH, useRule } from "./use-rules";

/** One rule: edit it on its backtest, switch it, and see what it was before. */
export function RulePage({ id }: { id: string }) {
  const { user } = useWorkspace();
  const query = useRule(id);
  if (!query.data) {
    return (
      <QueryCard title="Rule" query={query} height={400} isEmpty={() => false}>
        {() => null}
      </QueryCard>
    );
  }
  return <Loaded key={query.data.version} rule={query.data} admin={user.role === "admin"} />;
}

function Loaded({ rule, admin }: { rule: RuleDetails; admin: boolean }) {
  const { timeZone } = useWorkspace();
  const save = useSave<RuleDetails>(RULES_PATH);
  const { busy, toggle, duplicate, remove } = useSwitchRule();
  return (
    <>
      <div className="flex flex-wrap items-center gap-2">
        <h2 className="text-base font-semibold">{rule.name}</h2>
        {rule.deleted ? (
          <Badge variant="outline">Deleted</Badge>
        ) : (
          <Badge variant={rule.enabled ? "success" : "outline"}>{rule.enabled ? "On" : "Off"}</Badge>
        )}
        {rule.builtIn ? <Badge variant="secondary">Built in</Badge> : null}
        <span className="text-xs text-muted-foreground">
          Version {rule.version}
          {rule.evaluatedTo ? `, evaluated to ${formatInstant(rule.evaluatedTo, timeZone)}` : ", not evaluated yet"}
        </span>
        {rule.error ? <Badge variant="destructive">{rule.error}</Badge> : null}
      </div>
      <RuleForm
        initial={ruleFieldsSchema.parse(fieldsOf(rule))}
        saveLabel="Save a new version"
        {...(admin && !rule.deleted
          ? {
              onSave: async (changed) => {
                const body = { baseVersion: rule.version, rule: changed };
                const saved = await save.mutateAsync({ method: "PUT", path: `${RULES_PATH}/${rule.id}`, body });
                void notify("success", `Version ${saved.version} is in force.`);
              },
            }
          : {})}
        actions={
          admin && !rule.deleted ? (
            <>
              <Button type="button" variant="outline" disabled={busy} onClick={() => toggle(rule)}>
                {rule.enabled ? "Switch off" : "Switch on"}
              </Button>
              <Button type="button" variant="outline" disabled={busy} onClick={() => duplicate(rule.id)}>
                Duplicate
              </Button>
              <Button type="button" variant="ghost" disabled={busy} onClick={() => remove(rule)}>
                Delete
              </Button>
            </>
          ) : null
        }
      />
      <Card>
        <CardHeader>
          <CardTitle>Versions</CardTitle>
        </CardHeader>
        <CardContent>
          <ol className="space-y-1 text-[13px]">
            {rule.versions.map(({ version, by, at }) => (
              <li key={version} className="tabular">
                Version {version}, {formatInstant(at, timeZone)}, {by}
              </li>
            ))}
          </ol>
        </CardContent>
      </Card>
    </>
  );
}

/** Without what the API adds to the rule itself. */
function fieldsOf(rule: RuleDetails): Draft {
  return Object.fromEntries(
    Object.keys(ruleFieldsSchema.shape).map((key) => [key, rule[key as keyof Draft]]),
  ) as unknown as Draft;
}
