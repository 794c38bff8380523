/** `npm run secrets:rotate`: seals every secret with the key of now. See lib/secrets/README.md. */
import { db } from "@/lib/db";
import { resealChannels } from "@/lib/notifications/channels/reseal-channels";

const database = db();
try {
  const channels = await resealChannels(database);
  console.log(`${channels} channel${channels === 1 ? "" : "s"} sealed anew. The key before can be taken away.`);
} finally {
  await database.close();
}
