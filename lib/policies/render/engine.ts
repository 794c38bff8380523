/** An engine gets what its pool and its node say, laid over each other; what nobody says is the engine's own default. */
import { checkHardware } from "../hardware";
import type { Renderer } from "./target";

export const renderEngine: Renderer = ({ engine, target }) => {
  if (engine === null) return { refusals: ["No policy of its pool or node says anything about this engine."] };
  const { refusals, warnings } = checkHardware(
    // Not said: the engine takes what its weights are in.
    "quantization" in engine.stated ? engine.effective.quantization : null,
    target.hardware?.gpuType ?? null,
    target.hardware?.engine ?? null,
  );
  return refusals.length > 0 ? { refusals } : { content: { engine: engine.stated }, warnings };
};
