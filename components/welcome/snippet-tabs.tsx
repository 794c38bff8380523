"use client";
import { useId, useState } from "react";
import { CodeBlock } from "@/components/ui/code-block";
import { Input } from "@/components/ui/input";
import { Label } from "@/components/ui/label";
import { Tabs, TabsContent, TabsList, TabsTrigger } from "@/components/ui/tabs";
import { buildSnippets, TENANT_PATTERN } from "./snippets";

export interface SnippetTabsProps {
  baseUrl: string;
  apiKey: string;
  tenants: readonly { id: string; name: string }[];
  defaultTenant: string;
}

/** Complete programs with the real address and key. */
export function SnippetTabs({ baseUrl, apiKey, tenants, defaultTenant }: SnippetTabsProps) {
  const id = useId();
  const [typed, setTyped] = useState<string | undefined>();
  const tenant = typed ?? defaultTenant;
  const valid = TENANT_PATTERN.test(tenant);
  const snippets = buildSnippets({ baseUrl, apiKey, tenant: valid ? tenant : "my-team" });
  return (
    <Tabs defaultValue="curl">
      <div className="flex flex-wrap items-end justify-between gap-x-6 gap-y-3">
        <TabsList aria-label="Ways to send">
          {snippets.map((snippet) => (
            <TabsTrigger key={snippet.id} value={snippet.id}>
              {snippet.title}
            </TabsTrigger>
          ))}
        </TabsList>
        <div className="flex items-center gap-2">
          <Label htmlFor={`${id}-tenant`} className="whitespace-nowrap">
            Tenant
          </Label>
          <Input
            id={`${id}-tenant`}
            list={`${id}-tenants`}
            className="h-8 w-40 text-[13px]"
            value={tenant}
            aria-invalid={!valid}
            aria-describedby={`${id}-tenant-help`}
            onChange={(event) => setTyped(event.target.value)}
          />
          <datalist id={`${id}-tenants`}>
            {tenants.map((each) => (
              <option key={each.id} value={each.id}>
                {each.name}
              </option>
            ))}
          </datalist>
        </div>
      </div>
      <p
        id={`${id}-tenant-help`}
        role={valid ? undefined : "alert"}
        className={valid ? "sr-only" : "mt-1 text-xs text-destructive"}
      >
        {valid
          ? "The tenant of the first event. A new name creates the tenant."
          : "Letters, digits, dots, dashes and underscores only. The snippets use my-team until then."}
      </p>
      {snippets.map((snippet) => (
        <TabsContent key={snippet.id} value={snippet.id} className="mt-3 flex flex-col gap-3">
          <p className="text-[13px] text-muted-foreground">{snippet.summary}</p>
          {snippet.blocks.map((block) => (
            <div key={block.label} className="flex min-w-0 flex-col gap-1">
              <h3 className="text-[13px] font-medium">{block.label}</h3>
              <CodeBlock code={block.code} label={`${snippet.title}: ${block.label}`} />
            </div>
          ))}
        </TabsContent>
      ))}
    </Tabs>
  );
}
