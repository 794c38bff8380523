/** `POST /api/fleet/v1/enrol`: a target shows its token once and leaves its public key. */
import { z } from "zod";
import { capabilitiesSchema, connectorSchema, hardwareSchema } from "./connectors";
import { publicKeySchema, signingKeySchema } from "./keys";

export const PROTOCOL_VERSION = 1;

const name = z
  .string()
  .min(1)
  .max(120)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, "letters, digits, dots, dashes and underscores, beginning with a letter or digit");

export const enrolRequestSchema = z.strictObject({
  protocol: z.literal(PROTOCOL_VERSION),
  token: z.string().min(20).max(200),
  name: name.describe("Unique in the workspace; of a node, also the node of its samples"),
  connector: connectorSchema,
  publicKey: publicKeySchema,
  version: z.string().max(60).describe("Of the program that asks"),
  capabilities: capabilitiesSchema,
  hardware: hardwareSchema.nullable().default(null),
  simulated: z.boolean().default(false).describe("Shown with its label everywhere"),
});
export type EnrolRequest = z.infer<typeof enrolRequestSchema>;

export const enrolResponseSchema = z.object({
  nodeId: z.uuid().describe("The target's id, used in every sync"),
  name,
  environment: name,
  pool: z.string().nullable(),
  signingKeys: z.array(signingKeySchema).min(1).max(2),
  keySerial: z.number().int().min(0).default(0).describe("Serial of `signingKeys`: a later list has a higher one"),
  ingestKey: z.string().nullable().describe("API key with scope ingest, shown once"),
  serverTime: z.iso.datetime(),
});
export type EnrolResponse = z.infer<typeof enrolResponseSchema>;
