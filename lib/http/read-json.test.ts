import { describe, expect, it } from "vitest";
import { z } from "zod";
import { readJson } from "./read-json";

const schema = z.strictObject({ name: z.string().trim() });
const post = (body: BodyInit, type = "application/json; charset=utf-8") =>
  new Request("http://localhost/", { method: "POST", body, headers: { "content-type": type } });

describe("readJson", () => {
  it("gives what the schema makes of the body", async () => {
    expect(await readJson(post('{"name":" Zürich "}'), schema)).toEqual({ name: "Zürich" });
  });

  it.each([
    ["another type", post("{}", "text/plain"), "unsupported_type"],
    ["not JSON", post("{"), "invalid"],
    ["nothing", post(""), "invalid"],
    ["not UTF-8", post(new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d])), "invalid"],
    ["too much", post(JSON.stringify({ name: "x".repeat(300_000) })), "too_large"],
  ])("refuses %s", async (_name, request, code) => {
    await expect(readJson(request, schema)).rejects.toMatchObject({ code });
  });

  it("leaves what the schema refuses to the schema", async () => {
    await expect(readJson(post('{"name":1}'), schema)).rejects.toBeInstanceOf(z.ZodError);
  });
});
