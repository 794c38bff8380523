import type { Ctx } from "@/lib/auth/actor";
import { measureEntry } from "./measure-entry";
import { claimDue } from "./store";

const AT_ONCE = 5;

/** Measures what is due. How many were; 0: nothing was due. */
export async function measureDue(ctx: Ctx): Promise<number> {
  let measured = 0;
  for (const claim of await claimDue(ctx.db, ctx.now, AT_ONCE)) if (await measureEntry(ctx, claim)) measured += 1;
  return measured;
}
