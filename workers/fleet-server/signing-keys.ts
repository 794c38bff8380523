/**
 * The keys with which orders are signed, in one file (0600) that only the fleet server and its rotation read. Replicas share it.
 *
 *   one key ─ begin ─► old + new: targets are given both, orders are signed by the old one
 *           ─ finish ─► new alone: orders are signed by it, the old private key is gone
 *
 * Each step is a list of public keys with the next serial, signed by a key of the list before. The signed lists stay, so a
 * target that slept through several steps is led through them one by one.
 */
import { createPublicKey, generateKeyPairSync, randomUUID, type KeyObject } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { z } from "zod";
import { privateKeyFrom, signKeyList, type PrivateKey, type SigningKey, type SyncResponse } from "@/lib/protocol";
import { publicKeySchema, signingKeySchema } from "@/lib/protocol/keys";

const fileSchema = z.strictObject({
  schema: z.literal(1),
  /** The first signs, unless a target knows only another. */
  privateKeys: z
    .array(z.strictObject({ keyId: z.string(), jwk: z.record(z.string(), z.unknown()) }))
    .min(1)
    .max(2),
  /** Serial n is the nth. The first is given at enrolment and needs no signature. */
  lists: z
    .array(
      z.strictObject({
        serial: z.number().int().min(0),
        keys: z.array(signingKeySchema).min(1).max(2),
        keyId: z.string().nullable(),
        signature: z.string().nullable(),
      }),
    )
    .min(1),
});
type KeyFile = z.infer<typeof fileSchema>;

export interface SigningKeys {
  /** Serial of the newest list. */
  serial: number;
  /** Of the newest list, for who enrols now. */
  keys: SigningKey[];
  /** A key that a target with this list trusts; undefined: it must first be led to a newer list. */
  signerFor(serial: number): PrivateKey | undefined;
  /** The list after `serial`, signed by one of it; undefined: that is the newest. */
  listAfter(serial: number): NonNullable<SyncResponse["signingKeys"]> | undefined;
}

export const signingKeyFile = (dataDir: string) => path.join(dataDir, "fleet-signing-key.json");

/** Reads the file, or makes it with a first key. Throws when it cannot be read. */
export function openSigningKeys(dataDir: string): SigningKeys {
  const file = signingKeyFile(dataDir);
  if (!fs.existsSync(file)) {
    fs.mkdirSync(dataDir, { recursive: true });
    const { privateKey, publicKey } = newKey();
    const first: KeyFile = {
      schema: 1,
      privateKeys: [privateKey],
      lists: [{ serial: 0, keys: [publicKey], keyId: null, signature: null }],
    };
    // Another replica may be first at this very moment: then its key counts.
    try {
      write(file, first, "wx");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
  return fromFile(read(file));
}

/** One step of the rotation. `mayFinish` is asked before the old key ends. */
export async function rotateSigningKey(
  dataDir: string,
  mayFinish: (serial: number) => Promise<string | null>,
): Promise<{ step: "begun" | "finished"; serial: number; keyId: string } | { refused: string }> {
  const file = signingKeyFile(dataDir);
  openSigningKeys(dataDir);
  const current = read(file);
  const newest = current.lists.at(-1)!;
  const serial = newest.serial + 1;
  const [signing, next] = current.privateKeys;
  const by: PrivateKey = { keyId: signing!.keyId, key: privateKeyFrom(signing!.jwk) };
  if (!next) {
    const { privateKey, publicKey } = newKey();
    const list = signKeyList(by, [...newest.keys, publicKey], serial);
    write(file, { ...current, privateKeys: [signing!, privateKey], lists: [...current.lists, list] }, "replace");
    return { step: "begun", serial, keyId: publicKey.keyId };
  }
  const refused = await mayFinish(newest.serial);
  if (refused) return { refused };
  const list = signKeyList(
    by,
    newest.keys.filter((key) => key.keyId === next.keyId),
    serial,
  );
  write(file, { ...current, privateKeys: [next], lists: [...current.lists, list] }, "replace");
  return { step: "finished", serial, keyId: next.keyId };
}

function newKey() {
  const keyId = `k-${randomUUID().slice(0, 8)}`;
  const { privateKey } = generateKeyPairSync("ed25519");
  const jwk = privateKey.export({ format: "jwk" }) as Record<string, unknown>;
  const { kty, crv, x } = createPublicKey(privateKey).export({ format: "jwk" });
  return { privateKey: { keyId, jwk }, publicKey: { keyId, publicKey: publicKeySchema.parse({ kty, crv, x }) } };
}

function read(file: string): KeyFile {
  const parsed = fileSchema.safeParse(JSON.parse(fs.readFileSync(file, "utf8")));
  if (!parsed.success) throw new Error(`${file} is damaged. Restore it from a backup: targets trust only the keys in it.`);
  return parsed.data;
}

function write(file: string, content: KeyFile, how: "wx" | "replace"): void {
  const next = how === "wx" ? file : `${file}.next`;
  const handle = fs.openSync(next, how === "wx" ? "wx" : "w", 0o600);
  try {
    fs.writeSync(handle, `${JSON.stringify(content, null, 2)}\n`);
    fs.fsyncSync(handle);
  } finally {
    fs.closeSync(handle);
  }
  if (how === "replace") fs.renameSync(next, file);
}

function fromFile(content: KeyFile): SigningKeys {
  const newest = content.lists.at(-1)!;
  const privateKeys = new Map<string, KeyObject>(content.privateKeys.map(({ keyId, jwk }) => [keyId, privateKeyFrom(jwk)]));
  return {
    serial: newest.serial,
    keys: newest.keys,
    signerFor: (serial) => {
      const trusted = content.lists[Math.min(serial, newest.serial)]!.keys;
      for (const [keyId, key] of privateKeys) if (trusted.some((one) => one.keyId === keyId)) return { keyId, key };
      return undefined;
    },
    listAfter: (serial) => {
      const list = content.lists[serial + 1];
      return list?.keyId && list.signature
        ? { keys: list.keys, serial: list.serial, keyId: list.keyId, signature: list.signature }
        : undefined;
    },
  };
}
