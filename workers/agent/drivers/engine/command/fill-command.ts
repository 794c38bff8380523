/** The operator's command with an order filled in, and the file that goes with it. Pure; there is no shell anywhere. */
import type { CommandConfig } from "../config";
import type { EngineOrder } from "../engine-payload";

export function fillCommand(argv: readonly string[], order: EngineOrder, generation: number): string[] {
  const args = [...order.model, ...order.args];
  const holes: Record<string, string> = {
    engineArgsJson: JSON.stringify(args),
    hash: order.hash,
    generation: String(generation),
  };
  return argv.flatMap((word) =>
    word === "{{engineArgs}}" ? args : [word.replaceAll(/\{\{(\w+)\}\}/g, (hole, name: string) => holes[name] ?? hole)],
  );
}

export function fillFile(format: NonNullable<CommandConfig["writeFile"]>["format"], order: EngineOrder): string {
  const args = [...order.model, ...order.args];
  switch (format) {
    case "args-json":
      return `${JSON.stringify(args, null, 2)}\n`;
    case "args-lines":
      return args.map((arg) => `${arg}\n`).join("");
    case "options-json":
      return `${JSON.stringify(optionsOf(args), null, 2)}\n`;
  }
}

/** `--flag value` → {"flag": "value"}, a flag alone → true. JSON is YAML, which is what vLLM's --config reads. */
function optionsOf(args: readonly string[]): Record<string, string | number | boolean> {
  const options: Record<string, string | number | boolean> = {};
  for (let index = 0; index < args.length; index += 1) {
    const name = args[index]!.replace(/^--/, "");
    const value = args[index + 1];
    // Values never begin with a dash (launch-arguments.ts).
    const alone = value === undefined || value.startsWith("--");
    if (alone) options[name] = true;
    else {
      options[name] = value.trim() !== "" && String(Number(value)) === value ? Number(value) : value;
      index += 1;
    }
  }
  return options;
}
