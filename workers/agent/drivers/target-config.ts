/** The part of the agent's file that says what it drives. Each connector's own schema is in its folder. */
import { z } from "zod";
import { engineConfigSchema } from "./engine/config";
import { litellmConfigSchema } from "./litellm/config";

export const targetConfigSchema = z.discriminatedUnion("connector", [engineConfigSchema, litellmConfigSchema]);
export type TargetConfig = z.infer<typeof targetConfigSchema>;
