import { describe, expect, it } from "vitest";
import { engineConfigSchema } from "../config";
import { payloadOf, readOrder, type EngineOrder } from "../engine-payload";
import { fillCommand, fillFile } from "./fill-command";

const config = engineConfigSchema.parse({
  connector: "engine",
  engine: "vllm",
  executor: { kind: "command", apply: ["true"], baseUrl: "http://127.0.0.1:1" },
});
const order = (engine: object) => readOrder(config, payloadOf({ ...engine })) as EngineOrder;
const eight = order({ model: "org/m", maxNumSeqs: 8, enablePrefixCaching: false });

describe("the operator's command", () => {
  it("gets the engine's arguments as arguments, as JSON, and what they belong to", () => {
    const filled = fillCommand(["docker", "run", "vllm:1", "{{engineArgs}}"], eight, 7);
    expect(filled).toEqual(["docker", "run", "vllm:1", "--model", "org/m", "--max-num-seqs", "8", "--no-enable-prefix-caching"]);
    expect(fillCommand(['-p={"args":{{engineArgsJson}}}', "gen-{{generation}}", "{{hash}}", "{{other}}"], eight, 7)).toEqual([
      '-p={"args":["--model","org/m","--max-num-seqs","8","--no-enable-prefix-caching"]}',
      "gen-7",
      eight.hash,
      "{{other}}",
    ]);
  });

  it("keeps its shape whatever an order says", () => {
    const odd = order({ servedModelName: '"]}; rm -rf / {{hash}} $(id)' });
    expect(fillCommand(["a", "{{engineArgs}}"], odd, 1)).toEqual(["a", "--served-model-name", '"]}; rm -rf / {{hash}} $(id)']);
    const [patch] = fillCommand(['{"args":{{engineArgsJson}}}'], odd, 1);
    expect(JSON.parse(patch!)).toEqual({ args: ["--served-model-name", '"]}; rm -rf / {{hash}} $(id)'] });
  });
});

describe("the file beside it", () => {
  it("has the same in three forms", () => {
    expect(JSON.parse(fillFile("args-json", eight))).toEqual([
      "--model",
      "org/m",
      "--max-num-seqs",
      "8",
      "--no-enable-prefix-caching",
    ]);
    expect(fillFile("args-lines", eight)).toBe("--model\norg/m\n--max-num-seqs\n8\n--no-enable-prefix-caching\n");
    expect(JSON.parse(fillFile("options-json", eight))).toEqual({
      model: "org/m",
      "max-num-seqs": 8,
      "no-enable-prefix-caching": true,
    });
  });
});
