import { z } from "zod";
import { PLAYBOOK_IDS, type PlaybookId } from "./orders";
import type { NextStep, StepState, StepView } from "./step-states";

export const playbookFilterSchema = z.strictObject({ playbook: z.enum(PLAYBOOK_IDS).default("A") });
export type PlaybookFilter = z.input<typeof playbookFilterSchema>;

export interface EndpointProgress {
  endpoint: string;
  /** Own pools that answer it: what is found about them is shown here too. */
  pools: string[];
  /** Of 30 days, decimal text. */
  costUsd: string | null;
  /** What its promoted changes surely saved. */
  bookedUsd: string;
  steps: StepView[];
  next: NextStep | null;
}

export interface PlaybookView {
  playbook: PlaybookId;
  /** Most spend first. */
  endpoints: EndpointProgress[];
  /** The reader sees some tenants only: what was found over all of them is not counted. */
  limited: boolean;
  counts: Record<StepState, number>;
}
