const SHOWN = 20;

/** Lines of an upload that were left out, and why. */
export function ProblemList({ problems }: { problems: readonly { line: number; problem: string }[] }) {
  if (problems.length === 0) return null;
  return (
    <div role="status" className="rounded-md bg-warning-muted px-3 py-2 text-[13px] text-warning">
      <p className="font-medium">
        {problems.length} {problems.length === 1 ? "line was" : "lines were"} left out; the rest was kept.
      </p>
      <ul className="mt-1 list-disc pl-5">
        {problems.slice(0, SHOWN).map(({ line, problem }) => (
          <li key={`${line} ${problem}`}>
            Line {line}: {problem}
          </li>
        ))}
      </ul>
      {problems.length > SHOWN ? <p>And {problems.length - SHOWN} more.</p> : null}
    </div>
  );
}
