/** A whole chat answer as the stream it could have been: one delta a choice. Kept answers are kept whole. */

interface Choice {
  index?: number;
  message?: Record<string, unknown>;
  finish_reason?: unknown;
}

export function chatAsEvents(body: Buffer, includeUsage: boolean): string {
  const whole = JSON.parse(body.toString("utf8")) as Record<string, unknown> & { choices?: Choice[] };
  const { choices = [], usage, object: _object, ...rest } = whole;
  const chunk = (fields: object) => `data: ${JSON.stringify({ ...rest, object: "chat.completion.chunk", ...fields })}\n\n`;
  const events = choices.flatMap(({ index = 0, message = {}, finish_reason }) => {
    const calls = message["tool_calls"];
    const delta = Array.isArray(calls)
      ? { ...message, tool_calls: calls.map((call: object, at) => ({ index: at, ...call })) }
      : message;
    return [
      chunk({ choices: [{ index, delta, finish_reason: null }] }),
      chunk({ choices: [{ index, delta: {}, finish_reason: finish_reason ?? "stop" }] }),
    ];
  });
  if (includeUsage) events.push(chunk({ choices: [], usage: usage ?? null }));
  return `${events.join("")}data: [DONE]\n\n`;
}
