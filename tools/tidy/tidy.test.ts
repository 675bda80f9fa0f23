import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readCheckout } from './checkout.ts';
import { formatBreach, rules } from './rules.ts';

const checkout = readCheckout(fileURLToPath(new URL('../../', import.meta.url)).replace(/\/$/, ''));

for (const { title, check } of rules) {
  test(title, () => {
    expect(check(checkout).map(formatBreach)).toEqual([]);
  });
}

test('the rules look at files at all', () => {
  expect(checkout.sources.length).toBeGreaterThan(20);
});
