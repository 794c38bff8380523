import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readUsage, sumOf, type ReadUsage } from "./dialects";
import { noMeters } from "./event";
import type { UsageFormat } from "./schemas";

const read = (format: Parameters<typeof readUsage>[0], usage: Record<string, unknown>): ReadUsage => {
  const result = readUsage(format, usage);
  if ("code" in result) throw new Error(result.message);
  return result;
};

describe("usage objects become disjoint meters", () => {
  it("OpenAI chat: prompt_tokens includes cached, written and audio tokens", () => {
    const usage = {
      prompt_tokens: 1_836,
      completion_tokens: 203,
      total_tokens: 2_039,
      prompt_tokens_details: { cached_tokens: 1_024, cache_write_tokens: 100, audio_tokens: 12 },
      completion_tokens_details: { reasoning_tokens: 64, audio_tokens: 3 },
      service_tier: "flex",
    };
    expect(read("openai", usage)).toEqual({
      meters: {
        ...noMeters(),
        input: 700,
        cacheRead: 1_024,
        cacheWrite5m: 100,
        audioIn: 12,
        output: 200,
        audioOut: 3,
        reasoning: 64,
      },
      tokenMismatch: 0,
      serviceTier: "flex",
    });
  });

  it("OpenAI responses: the same under other names", () => {
    const usage = {
      input_tokens: 500,
      input_tokens_details: { cached_tokens: 128 },
      output_tokens: 80,
      output_tokens_details: { reasoning_tokens: 30 },
      total_tokens: 580,
    };
    expect(read("openai-responses", usage)).toMatchObject({
      meters: { ...noMeters(), input: 372, cacheRead: 128, output: 80, reasoning: 30 },
      tokenMismatch: 0,
    });
  });

  it("Anthropic: input_tokens excludes the cache; writes by lifetime", () => {
    const usage = {
      input_tokens: 50,
      cache_read_input_tokens: 2_000,
      cache_creation_input_tokens: 300,
      cache_creation: { ephemeral_5m_input_tokens: 100, ephemeral_1h_input_tokens: 200 },
      output_tokens: 400,
      service_tier: "standard",
    };
    expect(read("anthropic", usage)).toEqual({
      meters: { ...noMeters(), input: 50, cacheRead: 2_000, cacheWrite5m: 100, cacheWrite1h: 200, output: 400 },
      tokenMismatch: 0,
      serviceTier: "standard",
    });
    const unsplit = read("anthropic", { input_tokens: 50, cache_creation_input_tokens: 300, output_tokens: 1 });
    expect(unsplit).toMatchObject({ meters: { cacheWrite5m: 300, cacheWrite1h: 0 }, tokenMismatch: null });
  });

  it("Gemini: thoughts are output beside the candidates; tool prompts are input", () => {
    const usage = {
      promptTokenCount: 1_000,
      cachedContentTokenCount: 600,
      toolUsePromptTokenCount: 50,
      candidatesTokenCount: 200,
      thoughtsTokenCount: 70,
      totalTokenCount: 1_320,
    };
    expect(read("gemini", usage)).toEqual({
      meters: { ...noMeters(), input: 450, cacheRead: 600, output: 270, reasoning: 70 },
      tokenMismatch: 0,
      serviceTier: null,
    });
  });

  it("a total that the parts do not reach is kept as the difference", () => {
    expect(read("openai", { prompt_tokens: 10, completion_tokens: 5, total_tokens: 20 }).tokenMismatch).toBe(5);
    expect(
      read("openai", { prompt_tokens: 10, prompt_tokens_details: { cached_tokens: 30 }, completion_tokens: 5 }).tokenMismatch,
    ).toBe(-20);
    expect(read("gemini", { promptTokenCount: 10, candidatesTokenCount: 5, totalTokenCount: 14 }).tokenMismatch).toBe(-1);
    const anthropic = {
      input_tokens: 1,
      output_tokens: 1,
      cache_creation_input_tokens: 9,
      cache_creation: { ephemeral_5m_input_tokens: 4 },
    };
    expect(read("anthropic", anthropic).tokenMismatch).toBe(5);
  });

  it("never counts a token twice: parts plus mismatch are the stated total, and no part is negative", () => {
    const tokens = fc.nat(100_000);
    fc.assert(
      fc.property(tokens, tokens, tokens, tokens, tokens, (prompt, cached, written, completion, total) => {
        const { meters, tokenMismatch } = read("openai", {
          prompt_tokens: prompt,
          prompt_tokens_details: { cached_tokens: cached, cache_write_tokens: written },
          completion_tokens: completion,
          total_tokens: total,
        });
        expect(sumOf(meters) + tokenMismatch!).toBe(total);
        expect(Math.min(...Object.values(meters))).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it.each([
    ["no known field", "openai" as const, { input: 1 }, "usage_missing", "usage"],
    ["text where a number belongs", "anthropic" as const, { input_tokens: "5" }, "invalid_type", "usage.input_tokens"],
    ["a fraction", "gemini" as const, { promptTokenCount: 1.5 }, "out_of_range", "usage.promptTokenCount"],
    [
      "a list where details belong",
      "openai" as const,
      { prompt_tokens: 1, prompt_tokens_details: [] },
      "invalid_type",
      "usage.prompt_tokens_details",
    ],
  ])("refuses %s", (_name, format, usage, code, field) => {
    expect(readUsage(format, usage)).toMatchObject({ code, field });
  });
});

describe("for every dialect", () => {
  const tokens = fc.nat(1_000_000);
  const parts = fc.record({ input: tokens, read: tokens, write5m: tokens, write1h: tokens, answer: tokens, reasoning: tokens });
  type Parts = { input: number; read: number; write5m: number; write1h: number; answer: number; reasoning: number };

  /** The provider's own object for these disjoint parts, and the total that it states. */
  const WRITERS: Record<UsageFormat, (p: Parts) => { usage: Record<string, unknown>; total: number }> = {
    openai: (p) => {
      const [prompt, completion] = [p.input + p.read + p.write5m, p.answer + p.reasoning];
      const prompt_tokens_details = { cached_tokens: p.read, cache_write_tokens: p.write5m };
      const completion_tokens_details = { reasoning_tokens: p.reasoning };
      const total_tokens = prompt + completion;
      const usage = {
        prompt_tokens: prompt,
        completion_tokens: completion,
        total_tokens,
        prompt_tokens_details,
        completion_tokens_details,
      };
      return { usage, total: total_tokens };
    },
    "openai-responses": (p) => {
      const [input, output] = [p.input + p.read + p.write5m, p.answer + p.reasoning];
      const input_tokens_details = { cached_tokens: p.read, cache_write_tokens: p.write5m };
      const output_tokens_details = { reasoning_tokens: p.reasoning };
      const usage = {
        input_tokens: input,
        output_tokens: output,
        total_tokens: input + output,
        input_tokens_details,
        output_tokens_details,
      };
      return { usage, total: input + output };
    },
    anthropic: (p) => ({
      usage: {
        input_tokens: p.input,
        cache_read_input_tokens: p.read,
        cache_creation_input_tokens: p.write5m + p.write1h,
        cache_creation: { ephemeral_5m_input_tokens: p.write5m, ephemeral_1h_input_tokens: p.write1h },
        output_tokens: p.answer + p.reasoning,
        output_tokens_details: { thinking_tokens: p.reasoning },
      },
      total: p.input + p.read + p.write5m + p.write1h + p.answer + p.reasoning,
    }),
    gemini: (p) => {
      const total = p.input + p.read + p.answer + p.reasoning;
      const counts = { promptTokenCount: p.input + p.read, cachedContentTokenCount: p.read, candidatesTokenCount: p.answer };
      return { usage: { ...counts, thoughtsTokenCount: p.reasoning, totalTokenCount: total }, total };
    },
  };

  it.each(Object.keys(WRITERS) as UsageFormat[])("%s: meters are disjoint and sum to the source's total", (format) => {
    fc.assert(
      fc.property(parts, (p) => {
        const { usage, total } = WRITERS[format](p);
        const read = readUsage(format, usage);
        if (!("meters" in read)) throw new Error(read.message);
        expect(sumOf(read.meters)).toBe(total);
        expect(read.tokenMismatch ?? 0).toBe(0);
        expect(read.meters).toMatchObject({
          input: p.input,
          cacheRead: p.read,
          output: p.answer + p.reasoning,
          reasoning: p.reasoning,
        });
      }),
    );
  });
});
