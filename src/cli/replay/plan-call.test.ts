import { expect, test } from 'vitest';
import { planCall } from './plan-call.ts';
import { REPLAY_MODELS } from './price-list.ts';

const spread = { accounts: 20, keysPerAccount: 2 };
const row = (line: number, contextTokens = 1_000, generatedTokens = 200) => ({
  line,
  atMs: 0,
  contextTokens,
  generatedTokens,
});
const plans = Array.from({ length: 3_000 }, (_, index) => planCall(row(index + 2), spread));

test('a row is planned the same way every time', () => {
  expect(planCall(row(77), spread)).toEqual(planCall(row(77), spread));
});

test('calls are spread over all accounts, keys and models, each with each', () => {
  const seen = new Set(plans.map(({ account, key, model }) => `${account} ${key} ${model.slug}`));
  expect(seen.size).toBe(20 * 2 * REPLAY_MODELS.length);
});

test.each([
  ['sets max_tokens', (plan: (typeof plans)[number]) => plan.maxTokens !== undefined],
  ['wants the usage event', (plan: (typeof plans)[number]) => plan.wantsUsage],
  ['has cached tokens', (plan: (typeof plans)[number]) => plan.cachedTokens > 0],
  ['reasons', (plan: (typeof plans)[number]) => plan.reasoningTokens > 0],
])('a call %s now and then: neither never nor always', (_, does) => {
  const count = plans.filter(does).length;
  expect(count).toBeGreaterThan(300);
  expect(count).toBeLessThan(2_700);
});

test('cached tokens are part of the prompt, reasoning of the completion', () => {
  for (const { cachedTokens, promptTokens, reasoningTokens, completionTokens } of plans) {
    expect(cachedTokens).toBeLessThanOrEqual(promptTokens);
    expect(reasoningTokens).toBeLessThan(completionTokens);
  }
});

test('a call of more tokens than the platform lets pass unbounded sets its own bound', () => {
  for (let line = 2; line < 100; line += 1) {
    expect(planCall(row(line, 10, 4_097), spread).maxTokens).toBe(4_097);
  }
});
