import { cn } from "@/components/ui/cn";

/** Sentences; of a long list the first ones, the rest on demand. */
export function WordList({
  sentences,
  most = 8,
  className,
}: {
  sentences: readonly string[];
  most?: number;
  className?: string;
}) {
  if (sentences.length === 0) return null;
  const more = sentences.slice(most);
  const said = (sentence: string) => <li key={sentence}>{sentence}</li>;
  return (
    <div className={cn("min-w-0 text-[13px] break-words", className)}>
      <ul className="list-disc pl-4">{sentences.slice(0, most).map(said)}</ul>
      {more.length > 0 ? (
        <details>
          <summary className="w-fit cursor-pointer rounded-sm py-1 text-xs text-accent-foreground">{more.length} more</summary>
          <ul className="list-disc pl-4">{more.map(said)}</ul>
        </details>
      ) : null}
    </div>
  );
}
