import { z } from "zod";
import { AppError } from "@/lib/http";

/** The id in an address, or "there is none". */
export function idOf({ id }: { id: string }, noun: "rule" | "incident"): string {
  if (!z.uuid().safeParse(id).success) throw new AppError("not_found", `There is no such ${noun}.`);
  return id;
}
