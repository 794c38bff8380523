import { AppError } from "@/lib/http";

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** An id from an address. What is not even a UUID cannot exist, and PostgreSQL would refuse to compare it. */
export function requireUuid(id: string, noun: string): string {
  if (!UUID.test(id)) throw new AppError("not_found", `There is no such ${noun}.`);
  return id;
}
