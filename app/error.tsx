"use client";
import { ErrorState } from "@/components/states";

/** When even the frame of the console cannot be made: most often the database is away. */
export default function RootError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  return (
    <main className="grid min-h-dvh place-items-center p-4">
      <h1 className="sr-only">Something failed</h1>
      <ErrorState
        title="Headroom cannot show this page at the moment"
        error={
          new Error(
            `The database may be away. Nothing was changed or lost; try again shortly.${error.digest ? ` Quote ${error.digest} to your administrator.` : ""}`,
          )
        }
        onRetry={reset}
      />
    </main>
  );
}
