/** The secret part of enrolling: what a token looks like and how it is kept. */
import { createHash, randomBytes } from "node:crypto";

/** 256 random bits, so a fast hash is enough. */
export const newEnrolmentToken = (): string => `het_${randomBytes(32).toString("base64url")}`;

export const hashEnrolmentToken = (token: string): string => createHash("sha256").update(token).digest("hex");
