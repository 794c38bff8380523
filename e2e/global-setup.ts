import { startStack } from "./stack";

/**
 * HEADROOM_E2E_URL and HEADROOM_E2E_DATABASE_URL run the journeys against a demo stack that is up already. Journeys that
 * receive notifications also need HEADROOM_E2E_RECEIVERS, the same list as that stack's HEADROOM_OUTBOUND_HOSTS
 * (./receivers.ts).
 */
export default async function setup(): Promise<(() => Promise<void>) | undefined> {
  if (process.env["HEADROOM_E2E_URL"]) return undefined;
  const stack = await startStack();
  process.env["HEADROOM_E2E_URL"] = stack.url;
  process.env["HEADROOM_E2E_DATABASE_URL"] = stack.databaseUrl;
  return () => stack.stop();
}
