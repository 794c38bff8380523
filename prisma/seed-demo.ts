/** The demo fleet as entities: tenants, pools, nodes, internal prices and the API key it sends with. All marked simulated. */
import { appendAudit } from "@/lib/audit";
import { SYSTEM_ACTOR } from "@/lib/auth/actor";
import { SHOWN_PREFIX } from "@/lib/auth/create-api-key";
import { hashApiKey } from "@/lib/auth/key-actor";
import { withTransaction, type Db } from "@/lib/db";
import { createSuite } from "@/lib/evaluations/create-suite";
import { createLogger } from "@/lib/log";
import { makeCalendar } from "@/workers/simulator/calendar";
import { INTERNAL_RATES, NEGOTIATED, POOLS, TENANTS } from "@/workers/simulator/fleet";
import { readDemo, saveCalendar } from "@/workers/simulator/demo-state";
import { goldenSuite } from "@/workers/simulator/golden/golden-suite";

const SEED = 20_261_120;
const SOURCE = "demo fleet (simulated)";

export async function seedDemo(db: Db, apiKey: string, now: Date): Promise<void> {
  const known = await readDemo(db.pool);
  const calendar = known?.calendar ?? makeCalendar(now.getTime(), SEED);
  await seedKey(db, apiKey, now);
  await seedSuite(db, now);
  await withTransaction(db.pool, async (client) => {
    if (!known) await saveCalendar(client, calendar, now);
    await client.query(
      `update workspace set demo = true, tag_keys = case when tag_keys = '{}' then '{team}' else tag_keys end,
         name = case when name = 'Headroom' then 'Demo workspace (simulated)' else name end where id = 1`,
    );
    for (const tenant of TENANTS) {
      await client.query("insert into tenant (id, name) values ($1, $2) on conflict (id) do nothing", [tenant.id, tenant.name]);
    }
    for (const pool of POOLS) {
      await client.query(
        "insert into pool (id, name, model, engine, simulated) values ($1, $2, $3, $4, true) on conflict (id) do nothing",
        [pool.id, pool.name, pool.model, pool.engine],
      );
      for (const node of pool.nodes) {
        await client.query(
          "insert into node (id, pool_id, gpu_type, gpu_count, region, simulated) values ($1, $2, $3, 1, $4, true) on conflict (id) do nothing",
          [node, pool.id, pool.gpuType, pool.region],
        );
      }
    }
    const { rowCount } = await client.query("select 1 from price_rule where source = $1 limit 1", [SOURCE]);
    if (rowCount === 0) {
      for (const rate of INTERNAL_RATES) await insertPrice("self-hosted", rate, null);
      await insertPrice(NEGOTIATED.provider, NEGOTIATED, new Date(calendar.priceChangeMs));
    }

    async function insertPrice(
      provider: string,
      rate: { model: string; input: string; cacheRead: string; output: string },
      from: Date | null,
    ): Promise<void> {
      const price = (base: string) => ({ base, tiers: [] });
      await client.query(
        `insert into price_rule (book, provider, model, match, prices, effective_from, source, created_at)
         values ('workspace', $1, $2, $3, $4, $5, $6, $7)`,
        [
          provider,
          rate.model,
          JSON.stringify({ model: { equals: rate.model } }),
          JSON.stringify({ input: price(rate.input), cacheRead: price(rate.cacheRead), output: price(rate.output) }),
          from,
          SOURCE,
          now,
        ],
      );
    }
  });
}

async function seedSuite(db: Db, now: Date): Promise<void> {
  const suite = goldenSuite();
  if (await db.prisma.evaluationSuite.findUnique({ where: { name: suite.name } })) return;
  await createSuite({ actor: SYSTEM_ACTOR, db, now, log: createLogger("seed") }, suite, { simulated: true });
}

async function seedKey(db: Db, apiKey: string, now: Date): Promise<void> {
  const hash = hashApiKey(apiKey);
  if (await db.prisma.apiKey.findUnique({ where: { hash } })) return;
  await db.prisma.$transaction(async (tx) => {
    const data = { name: "Demo fleet (simulated)", prefix: apiKey.slice(0, SHOWN_PREFIX), scopes: ["ingest"] };
    const row = await tx.apiKey.create({ data: { ...data, hash, createdAt: now } });
    const entry = { action: "api_key.create", subject: `api_key:${row.id}`, data: { ...data, tenantId: null, expiresAt: null } };
    await appendAudit(tx, { actor: SYSTEM_ACTOR, now }, entry);
  });
}
