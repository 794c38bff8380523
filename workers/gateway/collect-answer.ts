/**
 * The whole answer that a stream was, for the cache. Only plain text of one choice: what has tool calls, several choices
 * or an end that is none is not kept, because putting it together wrongly is worse than asking again.
 */
const LARGEST_CHARS = 1_000_000;

type Json = Record<string, unknown>;

export class AnswerCollector {
  private first: Json | null = null;
  private content = "";
  private finishReason: unknown = null;
  private usable = true;

  add(event: Json): void {
    const choices = event["choices"];
    if (!Array.isArray(choices) || choices.length === 0) return;
    this.first ??= event;
    const [choice] = choices as [{ index?: unknown; delta?: Json; finish_reason?: unknown; logprobs?: unknown }];
    const { content, role: _role, refusal, ...others } = choice.delta ?? {};
    const other = Object.values(others).some((value) => value !== null && value !== undefined);
    if (choices.length > 1 || (choice.index ?? 0) !== 0 || choice.logprobs || refusal || other) this.usable = false;
    if (typeof content === "string") this.content += content;
    if (this.content.length > LARGEST_CHARS) this.usable = false;
    this.finishReason = choice.finish_reason ?? this.finishReason;
  }

  whole(usage: Json | null): Buffer | null {
    if (!this.usable || !this.first || (this.finishReason !== "stop" && this.finishReason !== "length")) return null;
    const { choices: _choices, usage: _usage, ...fields } = this.first;
    const message = { role: "assistant", content: this.content };
    const choices = [{ index: 0, message, finish_reason: this.finishReason }];
    return Buffer.from(JSON.stringify({ ...fields, object: "chat.completion", choices, ...(usage ? { usage } : {}) }));
  }
}
