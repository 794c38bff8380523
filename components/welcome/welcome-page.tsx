"use client";
import { useState, type ReactNode } from "react";
import { Page } from "@/components/layout/page";
import { Card, CardContent } from "@/components/ui/card";
import { FirstEvent } from "./first-event";
import { GetKey, type ChosenKey } from "./get-key";
import { SendFromHere } from "./send-from-here";
import { SnippetTabs } from "./snippet-tabs";
import { KEY_PLACEHOLDER } from "./snippets";

export interface WelcomePageProps {
  baseUrl: string;
  mayCreateKey: boolean;
  tenants: readonly { id: string; name: string }[];
  /** ISO: the watch begins here. */
  openedAt: string;
}

/** From nothing to the first event on the dashboard: a key, a snippet, and the event arriving while you watch. */
export function WelcomePage({ baseUrl, mayCreateKey, tenants, openedAt }: WelcomePageProps) {
  const [key, setKey] = useState<ChosenKey | undefined>();
  const tenant = key?.tenant ?? tenants[0]?.id ?? "my-team";
  return (
    <Page
      title="Connect a source"
      description="Three steps: a key, a line to copy, and your first event arriving while you watch. Prompts and answers are never needed."
    >
      <ol className="flex max-w-4xl flex-col gap-4">
        <Step number={1} title="Get an API key" done={key !== undefined}>
          <GetKey mayCreate={mayCreateKey} tenants={tenants} chosen={key} onChoose={setKey} />
        </Step>
        <Step number={2} title="Copy one of these and run it">
          <SnippetTabs baseUrl={baseUrl} apiKey={key?.secret ?? KEY_PLACEHOLDER} tenants={tenants} defaultTenant={tenant} />
        </Step>
        <Step number={3} title="Watch it arrive">
          {key ? (
            <FirstEvent watch={key.id ?? key.prefix} since={openedAt}>
              <SendFromHere apiKey={key.secret} tenant={tenant} />
            </FirstEvent>
          ) : (
            <p className="text-[13px] text-muted-foreground">
              Choose a key in step 1; this then shows what it sends, as it comes in.
            </p>
          )}
        </Step>
      </ol>
    </Page>
  );
}

function Step({ number, title, done = false, children }: { number: number; title: string; done?: boolean; children: ReactNode }) {
  return (
    <li>
      <Card>
        <CardContent className="grid gap-x-4 gap-y-3 p-4 sm:grid-cols-[2rem_minmax(0,1fr)] sm:p-5">
          <span
            aria-hidden
            className={`grid size-8 place-items-center rounded-full text-sm font-semibold tabular ${done ? "bg-success-muted text-success" : "bg-accent text-accent-foreground"}`}
          >
            {done ? "✓" : number}
          </span>
          <div className="flex min-w-0 flex-col gap-3">
            <h2 className="text-[15px] leading-8 font-semibold">
              <span className="sr-only">Step {number}: </span>
              {title}
            </h2>
            {children}
          </div>
        </CardContent>
      </Card>
    </li>
  );
}
