"use client";
import { ArrowRight, Check, RadioTower } from "lucide-react";
import Link from "next/link";
import { useState, type ReactNode } from "react";
import { Page } from "@/components/layout/page";
import { Button } from "@/components/ui/button";
import { Card, CardContent } from "@/components/ui/card";
import { cn } from "@/components/ui/cn";
import { FirstEvent } from "./first-event";
import { GetKey, type ChosenKey } from "./get-key";
import { SendFromHere } from "./send-from-here";
import { SnippetTabs } from "./snippet-tabs";
import { KEY_PLACEHOLDER } from "./snippets";

export interface WelcomePageProps {
  baseUrl: string;
  mayCreateKey: boolean;
  mayEnrol: boolean;
  tenants: readonly { id: string; name: string }[];
  /** ISO: the watch begins here. */
  openedAt: string;
}

/** From nothing to the first event on the dashboard: a key, a snippet, and the event arriving while you watch. */
export function WelcomePage({ baseUrl, mayCreateKey, mayEnrol, tenants, openedAt }: WelcomePageProps) {
  const [key, setKey] = useState<ChosenKey | undefined>();
  const tenant = key?.tenant ?? tenants[0]?.id ?? "my-team";
  return (
    <Page
      title="Connect a source"
      description="Three steps: a key, a line to copy, and your first event arriving while you watch. Prompts and answers are never needed."
    >
      {/* On a wide screen the watch stands beside the snippet, so that the event is seen arriving. */}
      <ol className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 xl:grid-cols-[minmax(0,3fr)_minmax(0,2fr)] xl:grid-rows-[auto_1fr]">
        <Step number={1} title="Get an API key" done={key !== undefined}>
          <GetKey mayCreate={mayCreateKey} tenants={tenants} chosen={key} onChoose={setKey} />
        </Step>
        <Step number={2} title="Copy one of these and run it">
          <SnippetTabs baseUrl={baseUrl} apiKey={key?.secret ?? KEY_PLACEHOLDER} tenants={tenants} defaultTenant={tenant} />
        </Step>
        <Step number={3} title="Watch it arrive" className="xl:sticky xl:top-16 xl:col-start-2 xl:row-span-2 xl:row-start-1">
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
      <ConnectTarget mayEnrol={mayEnrol} />
    </Page>
  );
}

/** The other way in: a gateway or node sends its usage by itself, and takes its configuration from here as well. */
function ConnectTarget({ mayEnrol }: { mayEnrol: boolean }) {
  return (
    <Card role="region" aria-labelledby="connect-target">
      <CardContent className="flex flex-wrap items-center gap-x-4 gap-y-3 p-4 sm:p-5">
        <span aria-hidden className="grid size-9 shrink-0 place-items-center rounded-full bg-accent text-accent-foreground">
          <RadioTower className="size-4.5" />
        </span>
        <div className="min-w-60 flex-1">
          <h2 id="connect-target" className="text-[15px] font-semibold">
            Or connect a gateway or a GPU node
          </h2>
          <p className="text-[13px] text-muted-foreground">
            One command with a short-lived token. It sends its usage by itself, needs no key, and takes its policies from here.
            {mayEnrol ? "" : " Leads and admins make the token."}
          </p>
        </div>
        <div className="flex flex-wrap gap-2">
          {mayEnrol ? (
            <>
              <Button asChild size="sm">
                <Link href="/fleet?enrol=headroom-gateway">Enrol a gateway</Link>
              </Button>
              <Button asChild size="sm" variant="outline">
                <Link href="/fleet?enrol=engine">Enrol a GPU node</Link>
              </Button>
            </>
          ) : (
            <Button asChild size="sm" variant="outline">
              <Link href="/fleet">
                See the fleet <ArrowRight aria-hidden />
              </Link>
            </Button>
          )}
        </div>
      </CardContent>
    </Card>
  );
}

interface StepProps {
  number: number;
  title: string;
  done?: boolean;
  className?: string;
  children: ReactNode;
}

function Step({ number, title, done = false, className, children }: StepProps) {
  return (
    <li className={className}>
      <Card>
        <CardContent className="flex flex-col gap-3 p-4 sm:p-5">
          <div className="flex items-center gap-3">
            <span
              aria-hidden
              className={cn(
                "grid size-7 shrink-0 place-items-center rounded-full text-[13px] font-semibold tabular",
                done ? "bg-success-muted text-success" : "bg-accent text-accent-foreground",
              )}
            >
              {done ? <Check className="size-4" /> : number}
            </span>
            <h2 className="text-[15px] font-semibold">
              <span className="sr-only">Step {number}: </span>
              {title}
            </h2>
          </div>
          {children}
        </CardContent>
      </Card>
    </li>
  );
}
