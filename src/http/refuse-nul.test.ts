import { expect, test } from 'vitest';
import { InvalidRequest, refuseNul } from './index.ts';

test('the character U+0000 is refused wherever it stands, and its places are named', () => {
  const value = { name: 'a\0b', tags: ['fine', '\0'], inner: { 'k\0': 1 }, at: null, n: 0 };
  const refuse = () => refuseNul(value);
  expect(refuse).toThrow(InvalidRequest);
  try {
    refuse();
  } catch (error) {
    const paths = (error as InvalidRequest).errors.map(({ path }) => path);
    expect(paths).toEqual(['name', 'tags.1', 'inner.k\0']);
  }
});

test('every other text passes, the escape of the character among them', () => {
  refuseNul({ name: '\\u0000 \u0001 🧨', list: [[{}], '', 0, true, null], none: undefined });
});
