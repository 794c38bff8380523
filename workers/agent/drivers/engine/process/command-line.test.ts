import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { engineConfigSchema } from "../config";
import { payloadOf, readOrder, type EngineOrder } from "../engine-payload";
import { commandLine, refuseCommand } from "./command-line";

const config = engineConfigSchema.parse({
  connector: "engine",
  engine: "vllm",
  executor: { kind: "process", command: ["vllm"] },
});
const order = (engine: object) => readOrder(config, payloadOf({ ...engine })) as EngineOrder;
const how = (...command: string[]) => ({ command, portFlag: "--port" });

describe("the words with which an engine is started", () => {
  it("have port and model where the command has a place for them, else as flags", () => {
    const settings = order({ model: "org/m", maxNumSeqs: 8 });
    expect(commandLine(how("vllm", "serve", "{model}", "-tp", "2"), settings, 8123).join(" ")).toBe(
      "vllm serve org/m -tp 2 --port 8123 --max-num-seqs 8",
    );
    expect(commandLine(how("python3", "-m", "vllm", "--port={port}"), settings, 8123).join(" ")).toBe(
      "python3 -m vllm --port=8123 --model org/m --max-num-seqs 8",
    );
    expect(refuseCommand(how("vllm", "serve", "{model}"), order({ maxNumSeqs: 8 }))).toContain("names no model");
    expect(refuseCommand(how("vllm", "serve"), order({ maxNumSeqs: 8 }))).toBeNull();
  });

  it("the operator's words stay as they are, whatever an order says", () => {
    const name = fc.oneof(
      fc.constantFrom("{port}", "{model}", "a{port}b", "$&", "$1"),
      fc.string({ minLength: 1, maxLength: 30 }),
    );
    let accepted = 0;
    fc.assert(
      fc.property(name, name, (model, servedModelName) => {
        const made = readOrder(config, payloadOf({ model, servedModelName }));
        if ("refusal" in made) return;
        accepted += 1;
        expect(commandLine(how("vllm", "--x={port}"), made, 9)).toEqual([
          "vllm",
          "--x=9",
          "--model",
          model,
          "--served-model-name",
          servedModelName,
        ]);
        expect(commandLine(how("vllm", "{model}"), made, 9)).toEqual([
          "vllm",
          model,
          "--port",
          "9",
          "--served-model-name",
          servedModelName,
        ]);
      }),
    );
    expect(accepted).toBeGreaterThan(20);
  });
});

describe("an order is refused with what is wrong with it", () => {
  const refusal = (payload: Record<string, unknown>) => (readOrder(config, payload) as { refusal: string }).refusal;
  it.each([
    ["an unknown setting", payloadOf({ maxNumSeq: 8 }), /Unrecognized key: "maxNumSeq"/],
    [
      "commands beside the settings",
      { ...payloadOf({}), content: { engine: {}, command: ["sh"] } },
      /Unrecognized key: "command"/,
    ],
    ["a number out of range", payloadOf({ gpuMemoryUtilization: 1.5 }), /expected number to be <=1/],
    ["another schema", { ...payloadOf({}), schema: 2 }, /expected 1/],
    ["an order for a gateway", { schema: 1, connector: "headroom-gateway", content: {} }, /for headroom-gateway/],
  ])("%s", (_, payload, words) => expect(refusal(payload)).toMatch(words));
});
