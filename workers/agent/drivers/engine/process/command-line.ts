import type { ProcessConfig } from "../config";
import type { EngineOrder } from "../engine-payload";

type Command = Pick<ProcessConfig, "command" | "portFlag">;

/**
 * The words with which an engine is started. {port} and {model} are filled into the words of the agent's own file only:
 * an order that holds such text has it as text. Pure.
 */
export function commandLine({ command, portFlag }: Command, { model, args, modelGiven }: EngineOrder, port: number): string[] {
  const placesModel = modelGiven !== undefined && command.some((word) => word.includes("{model}"));
  const placesPort = command.some((word) => word.includes("{port}"));
  const words = command.map((word) =>
    word.replaceAll(/\{(port|model)\}/g, (hole, name) => (name === "port" ? String(port) : (modelGiven ?? hole))),
  );
  return [...words, ...(placesPort ? [] : [portFlag, String(port)]), ...(placesModel ? [] : model), ...args];
}

/** Why this command cannot carry out such an order; null: it can. */
export function refuseCommand({ command }: Command, { modelGiven }: EngineOrder): string | null {
  if (modelGiven !== undefined || !command.some((word) => word.includes("{model}"))) return null;
  return "It names no model, and this agent's command has a place for one.";
}
