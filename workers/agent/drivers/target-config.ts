/** The part of the agent's file that says what it drives. Each connector's own schema is in its folder. */
import { z } from "zod";
import { engineConfigSchema } from "./engine/config";
import { litellmConfigSchema } from "./litellm/config";
import { portkeyConfigSchema } from "./portkey/config";

export const targetConfigSchema = z.discriminatedUnion("connector", [
  engineConfigSchema,
  litellmConfigSchema,
  portkeyConfigSchema,
]);
export type TargetConfig = z.infer<typeof targetConfigSchema>;
