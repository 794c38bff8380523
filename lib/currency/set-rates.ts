import { appendAuditRaw } from "@/lib/audit/append";
import { requireRole, requireWorkspaceAdmin, type Ctx } from "@/lib/auth/actor";
import { withTransaction } from "@/lib/db";
import { AppError } from "@/lib/http";
import { readRatesCsv, type FxRate } from "./read-rates-csv";
import { setFxRatesSchema, type FxImport, type FxRateView } from "./schemas";
import { readRates, writeRates } from "./store";

const MAX_LISTED = 1_000;
const MAX_RATES = 50_000;

export async function listFxRates(ctx: Ctx): Promise<{ items: FxRateView[] }> {
  if (ctx.actor.kind === "user") requireRole(ctx, "analyst");
  const rates = await readRates(ctx.db.pool, MAX_LISTED);
  return { items: rates.map((rate) => ({ ...rate, createdAt: rate.createdAt.toISOString() })) };
}

/** State rates by hand. A rate for a day that has one already supersedes it. */
export async function setFxRates(ctx: Ctx, input: unknown): Promise<FxImport> {
  requireWorkspaceAdmin(ctx);
  return store(ctx, setFxRatesSchema.parse(input).rates, []);
}

/** The rates of a CSV file: day, currency, rate. */
export async function importFxRates(ctx: Ctx, chunks: AsyncIterable<string>, fileName: string): Promise<FxImport> {
  requireWorkspaceAdmin(ctx);
  const { rates, problems } = await readRatesCsv(chunks, fileName);
  if (rates.length === 0) {
    const first = problems[0];
    throw new AppError("unprocessable", `No rate was found.${first ? ` Line ${first.line}: ${first.problem}` : ""}`, {
      members: { problems },
    });
  }
  if (rates.length > MAX_RATES)
    throw new AppError("too_large", `At most ${MAX_RATES} rates at once; the file has ${rates.length}.`);
  return store(ctx, rates, problems);
}

async function store(ctx: Ctx, rates: FxRate[], problems: FxImport["problems"]): Promise<FxImport> {
  return withTransaction(ctx.db.pool, async (client) => {
    const stored = await writeRates(client, rates, { now: ctx.now, name: ctx.actor.name });
    const currencies = [...new Set(rates.map(({ currency }) => currency))].sort();
    const days = rates.map(({ day }) => day).sort();
    await appendAuditRaw(client, ctx, {
      action: "fx_rate.set",
      subject: `fx_rate:${currencies.join(",")}`,
      data: {
        currencies,
        from: days[0],
        to: days.at(-1),
        stored,
        skipped: problems.length,
        ...(rates.length <= 20 ? { rates } : {}),
      },
    });
    return { stored, unchanged: rates.length - stored, problems };
  });
}
