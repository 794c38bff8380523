import { z } from "zod";

export const urlSchema = z.url({ protocol: /^https?$/ });
export const envNameSchema = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "the name of an environment variable");
/** As routing policies name upstreams and routes. */
export const nameSchema = z.string().min(1).max(120);

/** What is asked to see that a route answers. It costs one token. */
export const probesSchema = z
  .record(nameSchema, z.enum(["chat", "embeddings", "none"]))
  .default({})
  .describe("By route: how it is asked once after each change; chat where nothing is said");

export type ProbeKind = "chat" | "embeddings" | "none";

export function probeOf(kind: Exclude<ProbeKind, "none">, model: string): { path: string; body: Record<string, unknown> } {
  return kind === "chat"
    ? { path: "v1/chat/completions", body: { model, messages: [{ role: "user", content: "ping" }], max_tokens: 1 } }
    : { path: "v1/embeddings", body: { model, input: "ping" } };
}

/** `base` with or without a trailing slash. */
export const under = (base: string, path: string) => new URL(path, base.endsWith("/") ? base : `${base}/`);
