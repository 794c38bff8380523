import { AppError } from "@/lib/http";
import type { ChangeRow } from "./rows";

/** What a person did not see they can neither approve nor overwrite. */
export function requireSameContent(row: Pick<ChangeRow, "contentHash" | "status">, seen: string): void {
  if (row.contentHash === seen) return;
  throw new AppError("conflict", "It was edited since you loaded it. Look at it again before you decide.", {
    field: "contentHash",
    members: { contentHash: row.contentHash, status: row.status },
  });
}

/** The machine said no, in words. */
export const refusal = (sentence: string): AppError => new AppError("unprocessable", sentence);
