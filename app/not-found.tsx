import { EmptyState } from "@/components/states";

export default function NotFound() {
  return (
    <main className="grid min-h-dvh place-items-center p-4">
      <h1 className="sr-only">Not found</h1>
      <EmptyState
        title="There is nothing at this address"
        why="It is mistyped, or the page has moved."
        action={{ label: "Go to the overview", href: "/" }}
      />
    </main>
  );
}
