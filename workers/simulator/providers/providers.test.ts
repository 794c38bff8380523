import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { goldenPrompts } from "../golden/golden-prompts";
import { startProviders, type RunningProviders } from "./server";

let running: RunningProviders;
beforeAll(async () => {
  running = await startProviders({ seed: 11, speed: 50 }, 0);
});
afterAll(() => running.close());

interface Answer {
  choices: { message: { content: string }; finish_reason: string }[];
  usage: {
    prompt_tokens: number;
    completion_tokens: number;
    prompt_tokens_details: { cached_tokens: number; cache_write_tokens?: number };
    completion_tokens_details?: { reasoning_tokens: number };
  };
}

const post = (provider: string, path: string, body: object, port = running.port) =>
  fetch(`http://127.0.0.1:${port}/${provider}/v1/${path}`, { method: "POST", body: JSON.stringify(body) });
/** Once refused is enough: a simulated provider fails as real ones do. */
async function chat(provider: string, body: object): Promise<Answer> {
  for (;;) {
    const response = await post(provider, "chat/completions", body);
    if (response.ok) return (await response.json()) as Answer;
    expect([429, 500]).toContain(response.status);
    await response.body?.cancel();
  }
}
const user = (content: unknown) => [{ role: "user", content }];

describe("simulated providers", () => {
  it("answer as long as the prompt wishes, within the cap, and count four characters a token", async () => {
    const answer = await chat("google", {
      model: "gemini-2.5-flash",
      messages: user(`${"x".repeat(371)}[sim out=100 reasoning=20]`),
    });
    // 371 + 29 characters ÷ 4, and 4 for the message
    expect(answer.usage).toMatchObject({
      prompt_tokens: 104,
      completion_tokens: 100,
      completion_tokens_details: { reasoning_tokens: 20 },
    });
    expect(answer.choices[0]).toMatchObject({
      finish_reason: "stop",
      message: { content: expect.stringMatching(/^\[simulated google\] /) as string },
    });
    const capped = await chat("openai", { model: "gpt-4.1", messages: user("[sim out=100]"), max_completion_tokens: 40 });
    expect([capped.usage.completion_tokens, capped.choices[0]!.finish_reason]).toEqual([40, "length"]);
  });

  it("know the golden prompts of the demo's suite, tool calls included", async () => {
    for (const id of ["extract-1", "tool-1"]) {
      const { prompt, right } = goldenPrompts().find((golden) => golden.id === id)!;
      const answer = await chat("openai", { model: "gpt-4.1", messages: user(prompt) });
      const [choice] = answer.choices as unknown as {
        message: { content: string | null; tool_calls?: { function: object }[] };
      }[];
      expect(choice!.message.tool_calls?.[0]?.function ?? choice!.message.content).toEqual(right.tool ?? right.text);
    }
  });

  it("OpenAI reads a known prefix from its cache, in steps of 128 from 1,024 tokens on", async () => {
    const system = { role: "system", content: "s".repeat(1_300 * 4) };
    const ask = (question: string) => chat("openai", { model: "gpt-4.1", messages: [system, ...user(question)] });
    expect((await ask("one [sim out=5]")).usage.prompt_tokens_details.cached_tokens).toBe(0);
    // 1,296 tokens are whole blocks of 16; 1,024 + 2 · 128 of them are billed as cached.
    expect((await ask("two [sim out=5]")).usage.prompt_tokens_details.cached_tokens).toBe(1_280);
  });

  it("Anthropic caches what is marked: written the first time, read the second", async () => {
    const system = {
      role: "system",
      content: [{ type: "text", text: "a".repeat(4_096 * 4), cache_control: { type: "ephemeral" } }],
    };
    const ask = (question: string) => chat("anthropic", { model: "claude-sonnet-4-5", messages: [system, ...user(question)] });
    const details = async (question: string) => (await ask(question)).usage.prompt_tokens_details;
    // 4,096 tokens and 4 for the message
    expect(await details("first [sim out=5]")).toEqual({ cached_tokens: 0, cache_write_tokens: 4_100 });
    expect(await details("second [sim out=5]")).toEqual({ cached_tokens: 4_096, cache_write_tokens: 4 });
    const unmarked = await chat("anthropic", { model: "claude-sonnet-4-5", messages: user(`${"b".repeat(8_000)}[sim out=3]`) });
    expect(unmarked.usage.prompt_tokens_details).toEqual({ cached_tokens: 0 });
  });

  it("embeddings of texts with most words in common are near, others are not", async () => {
    const input = [
      "how do I change the delivery address of an order that was already sent to the warehouse last friday",
      "how do I change the delivery address of an order that was already sent to the warehouse last monday",
      "what are the opening hours of the branch in the city centre during the holidays in december this year",
    ];
    const response = await post("openai", "embeddings", { model: "text-embedding-3-small", input });
    const { data } = (await response.json()) as { data: { embedding: number[] }[] };
    const cosine = (a: number, b: number) =>
      data[a]!.embedding.reduce((sum, value, at) => sum + value * data[b]!.embedding[at]!, 0);
    expect(cosine(0, 0)).toBeCloseTo(1, 4);
    expect(cosine(0, 1)).toBeGreaterThan(0.9);
    expect(cosine(0, 2)).toBeLessThan(0.5);
  });

  it("the same seed and requests give the same outcomes; some in two hundred are refused", async () => {
    const outcomes = async () => {
      const one = await startProviders({ seed: 5, speed: 1_000_000 }, 0);
      const statuses: number[] = [];
      for (let index = 0; index < 400; index += 1) {
        const response = await post(
          "openai",
          "embeddings",
          { model: "text-embedding-3-small", input: `word ${index}` },
          one.port,
        );
        statuses.push(response.status);
        await response.body?.cancel();
      }
      await one.close();
      return statuses;
    };
    const first = await outcomes();
    expect(await outcomes()).toEqual(first);
    expect(first.filter((status) => status !== 200).length).toBeGreaterThan(0);
    expect(first.filter((status) => status !== 200).length).toBeLessThan(16);
  });

  it("streams end with [DONE] and are labelled; an unknown model or provider is 404", async () => {
    expect((await post("openai", "chat/completions", { model: "claude-sonnet-4-5", messages: user("x") })).status).toBe(404);
    expect((await post("mistral", "chat/completions", { model: "m", messages: user("x") })).status).toBe(404);
    const stream = await post("openai", "chat/completions", { model: "gpt-4.1", messages: user("[sim out=50]"), stream: true });
    const text = await stream.text();
    expect(text.trim().split("\n\n").at(-1)).toBe("data: [DONE]");
    const said = [...text.matchAll(/"content":"([^"]*)"/g)].map((match) => match[1]).join("");
    expect(said).toMatch(/^\[simulated openai\] the answer /);
  });
});
