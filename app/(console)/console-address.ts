import { headers } from "next/headers";
import { config } from "@/lib/config";

/** The address under which this person reached the console, unless the operator has named the public one. */
export async function consoleAddress(): Promise<string> {
  const { HEADROOM_URL, publicUrl } = config();
  if (HEADROOM_URL) return HEADROOM_URL.replace(/\/+$/, "");
  const head = await headers();
  const host = head.get("host");
  return host ? `${head.get("x-forwarded-proto") ?? "http"}://${host}` : publicUrl;
}
