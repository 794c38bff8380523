"use client";
import { Page } from "@/components/layout/page";
import { ErrorState } from "@/components/states";

export default function ConsoleError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  return (
    <Page title="Something failed">
      <ErrorState
        title="This page could not be shown"
        error={new Error(`Nothing was changed or lost.${error.digest ? ` Quote ${error.digest} to your administrator.` : ""}`)}
        onRetry={reset}
      />
    </Page>
  );
}
