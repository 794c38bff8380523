/** Protobuf in and out. Decoding throws on a malformed body; unknown fields are skipped. */
import protobuf from "protobufjs";
import { OTLP_DESCRIPTOR } from "./descriptor";

const root = protobuf.Root.fromJSON(OTLP_DESCRIPTOR).resolveAll();

export function decodeMessage(type: string, bytes: Uint8Array): unknown {
  return root.lookupType(type).decode(bytes);
}

export function encodeMessage(type: string, value: Record<string, unknown>): Uint8Array<ArrayBuffer> {
  const found = root.lookupType(type);
  return new Uint8Array(found.encode(found.fromObject(value)).finish());
}
