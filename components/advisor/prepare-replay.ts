import type { ReplayInput, ReplayOptions } from "@/lib/advisor/replay/schemas";

export interface ReplayForm {
  kind: "cache" | "routing" | "cap" | "prices";
  days: number;
  tenant: string | null;
  endpoint: string | null;
  ttl: number;
  share: "tenant" | "public";
  /** provider/model */
  model: string | null;
  maxInput: number | null;
  cap: number;
  input: string;
  output: string;
}

/** What the form asks for; null: a model is still to be chosen. */
export function prepareReplay(form: ReplayForm, models: ReplayOptions["models"]): ReplayInput | null {
  const { days, tenant, endpoint } = form;
  const scope = { days, ...(tenant ? { tenant } : {}), ...(endpoint ? { endpoint } : {}) };
  const chosen = models.find(({ provider, model }) => `${provider}/${model}` === form.model);
  switch (form.kind) {
    case "cache":
      return { ...scope, scenario: { kind: "cache", ttlSec: form.ttl, scope: form.share } };
    case "cap":
      return { ...scope, scenario: { kind: "cap", maxOutputTokens: form.cap } };
    case "routing": {
      const when = form.maxInput === null ? {} : { maxInputTokens: form.maxInput };
      return chosen ? { ...scope, scenario: { kind: "routing", ...chosen, when } } : null;
    }
    case "prices":
      return chosen ? { ...scope, scenario: { kind: "prices", ...chosen, input: form.input, output: form.output } } : null;
  }
}
