import { AppError } from "@/lib/http";
import type { RequestSort } from "./schemas";

/** Where a page ended: the sort value (for cost and latency), the time and the id of its last row. */
export interface Cursor {
  sort: RequestSort;
  value: string | null;
  at: string;
  id: string;
}

export function encodeCursor(cursor: Cursor): string {
  return Buffer.from(JSON.stringify([cursor.sort, cursor.value, cursor.at, cursor.id])).toString("base64url");
}

/** Throws `invalid` for a cursor of another sort, or one that was not made here. */
export function decodeCursor(text: string, sort: RequestSort): Cursor {
  try {
    const [from, value, at, id] = JSON.parse(Buffer.from(text, "base64url").toString()) as [
      RequestSort,
      string | null,
      string,
      string,
    ];
    const valueFits =
      sort === "recent" ? value === null : typeof value === "string" && /^-?\d{1,19}(\.\d{1,20})?(e[+-]?\d{1,3})?$/.test(value);
    if (from === sort && valueFits && !Number.isNaN(Date.parse(at)) && typeof id === "string" && !id.includes("\0"))
      return { sort, value, at, id };
  } catch {
    // falls through to the refusal
  }
  throw new AppError("invalid", "The cursor does not belong to this list. Start again from the first page.", { field: "cursor" });
}
