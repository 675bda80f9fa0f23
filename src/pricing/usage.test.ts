import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { INPUT_CLASSES, OUTPUT_CLASSES } from './components.ts';
import { totalOf } from './price.ts';
import { mergeUsage, usageFromOpenAI } from './usage.ts';

describe('usageFromOpenAI', () => {
  it('divides a chat completion so that cached and reasoning tokens are counted once', () => {
    expect(
      usageFromOpenAI({
        prompt_tokens: 2006,
        completion_tokens: 300,
        total_tokens: 2306,
        prompt_tokens_details: { cached_tokens: 1920, audio_tokens: 0 },
        completion_tokens_details: {
          reasoning_tokens: 128,
          audio_tokens: 0,
          accepted_prediction_tokens: 0,
          rejected_prediction_tokens: 0,
        },
      }),
    ).toEqual({ input: 86n, cached_input: 1920n, output: 172n, reasoning: 128n });
  });

  it('reads the audio of both directions', () => {
    expect(
      usageFromOpenAI({
        prompt_tokens: 100,
        completion_tokens: 50,
        prompt_tokens_details: { audio_tokens: 60 },
        completion_tokens_details: { audio_tokens: 40 },
      }),
    ).toEqual({ input: 40n, input_audio: 60n, output: 10n, output_audio: 40n });
  });

  it('counts cached audio once where the provider says how much of the cache is audio', () => {
    expect(
      usageFromOpenAI({
        input_tokens: 100,
        output_tokens: 0,
        input_token_details: {
          cached_tokens: 70,
          audio_tokens: 60,
          cached_tokens_details: { text_tokens: 20, audio_tokens: 50 },
        },
      }),
    ).toEqual({ input: 20n, cached_input: 70n, input_audio: 10n, output: 0n });
  });

  it('reads the Responses API', () => {
    expect(
      usageFromOpenAI({
        input_tokens: 36,
        input_tokens_details: { cached_tokens: 6 },
        output_tokens: 87,
        output_tokens_details: { reasoning_tokens: 7 },
        total_tokens: 123,
      }),
    ).toEqual({ input: 30n, cached_input: 6n, output: 80n, reasoning: 7n });
  });

  it('reads the pictures that an image request sent along', () => {
    expect(
      usageFromOpenAI({
        input_tokens: 50,
        input_tokens_details: { text_tokens: 10, image_tokens: 40 },
        output_tokens: 1056,
        total_tokens: 1106,
      }),
    ).toEqual({ input: 10n, input_image: 40n, output: 1056n });
  });

  it("reads DeepSeek's cache hits", () => {
    expect(
      usageFromOpenAI({
        prompt_tokens: 500,
        completion_tokens: 20,
        prompt_cache_hit_tokens: 448,
        prompt_cache_miss_tokens: 52,
      }),
    ).toEqual({ input: 52n, cached_input: 448n, output: 20n });
  });

  it.each([
    { prompt_tokens_details: { cache_write_tokens: 30 } },
    { prompt_tokens_details: { cache_creation_tokens: 30 } },
    { cache_creation_input_tokens: 30 },
  ])('reads cache writes from %o', (written) => {
    expect(usageFromOpenAI({ prompt_tokens: 100, completion_tokens: 1, ...written })).toEqual({
      input: 70n,
      cache_write: 30n,
      output: 1n,
    });
  });

  it('F18: takes explicit zeros as a report, not as a missing one', () => {
    expect(usageFromOpenAI({ prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 })).toEqual({
      input: 0n,
      output: 0n,
    });
  });

  it('finds by the total that an embedding has no output', () => {
    expect(usageFromOpenAI({ prompt_tokens: 8, total_tokens: 8 })).toEqual({
      input: 8n,
      output: 0n,
    });
  });

  it('adds reasoning that a provider counts in the total only', () => {
    const usage = {
      prompt_tokens: 32,
      completion_tokens: 9,
      total_tokens: 241,
      completion_tokens_details: { reasoning_tokens: 200 },
    };
    expect(usageFromOpenAI(usage)).toEqual({ input: 32n, output: 9n, reasoning: 200n });
    expect(usageFromOpenAI({ ...usage, total_tokens: 41 })).toEqual({
      input: 32n,
      output: 0n,
      reasoning: 9n,
    });
  });

  it.each([undefined, null, 'none', 7, [], {}, { prompt_tokens: 5 }, { total_tokens: 5 }])(
    'treats %o as no report',
    (raw) => {
      expect(usageFromOpenAI(raw)).toBe(undefined);
    },
  );

  it.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2e9, '12', null, true, {}])(
    'treats a total of %o as no report',
    (bad) => {
      expect(usageFromOpenAI({ prompt_tokens: bad, completion_tokens: 5 })).toBe(undefined);
      expect(usageFromOpenAI({ prompt_tokens: 5, completion_tokens: bad })).toBe(undefined);
    },
  );

  it('F24: always partitions, whatever the details claim', () => {
    const count = fc.nat(1_000);
    const detail = fc.oneof(count, fc.constantFrom(-1, 0.5, Number.NaN, null, 'x', 10_000));
    const raw = fc.record({
      prompt_tokens: count,
      completion_tokens: count,
      prompt_cache_hit_tokens: detail,
      cache_creation_input_tokens: detail,
      prompt_tokens_details: fc.record(
        {
          cached_tokens: detail,
          audio_tokens: detail,
          image_tokens: detail,
          cache_write_tokens: detail,
          cached_tokens_details: fc.record({ audio_tokens: detail }),
        },
        { requiredKeys: [] },
      ),
      completion_tokens_details: fc.record(
        { reasoning_tokens: detail, audio_tokens: detail },
        { requiredKeys: [] },
      ),
    });
    fc.assert(
      fc.property(raw, (report) => {
        const usage = usageFromOpenAI(report) ?? {};
        expect(totalOf(usage, INPUT_CLASSES)).toBe(BigInt(report.prompt_tokens));
        expect(totalOf(usage, OUTPUT_CLASSES)).toBe(BigInt(report.completion_tokens));
        expect(Object.values(usage).every((quantity) => quantity >= 0n)).toBe(true);
      }),
    );
  });
});

describe('mergeUsage', () => {
  it('keeps the last report, because reports of a stream are cumulative', () => {
    const first = usageFromOpenAI({ prompt_tokens: 10, completion_tokens: 1 });
    const last = usageFromOpenAI({ prompt_tokens: 10, completion_tokens: 9 });
    expect(mergeUsage(first, last)).toEqual({ input: 10n, output: 9n });
    expect(mergeUsage(last, usageFromOpenAI({ prompt_tokens: -1 }))).toEqual(last);
    expect(mergeUsage(undefined, first)).toEqual(first);
  });

  it('lets a later explicit zero replace an earlier number', () => {
    const first = usageFromOpenAI({ prompt_tokens: 10, completion_tokens: 9 });
    const zero = usageFromOpenAI({ prompt_tokens: 0, completion_tokens: 0 });
    expect(mergeUsage(first, zero)).toEqual({ input: 0n, output: 0n });
  });
});
