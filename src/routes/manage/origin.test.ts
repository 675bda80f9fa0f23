import { describe, expect, test } from 'vitest';
import { refuseForeignOrigin } from './origin.ts';

const OWN = 'https://farebox.example';

const outcome = (method: string, headers: Record<string, string>) => {
  try {
    refuseForeignOrigin(new Request(`${OWN}/x`, { method, headers }), OWN);
    return 'taken';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('a request that changes something', () => {
  test.each([
    ['from our own pages', { origin: OWN, 'sec-fetch-site': 'same-origin' }, 'taken'],
    ['from our own pages at another name', { origin: 'http://a.b', host: 'a.b' }, 'taken'],
    ['from another site', { origin: 'https://evil.example' }, 'foreign_origin'],
    ['from a page without an origin', { origin: 'null' }, 'foreign_origin'],
    ['from another site by a form', { 'sec-fetch-site': 'cross-site' }, 'foreign_origin'],
    ['from a sister site', { 'sec-fetch-site': 'same-site' }, 'foreign_origin'],
    ['from a program', {}, 'taken'],
    [
      'from another site with a token',
      { origin: 'https://app.example', authorization: 'Bearer x' },
      'taken',
    ],
  ])('%s: %j is %s', (_, headers, expected) => {
    for (const method of ['POST', 'PATCH', 'DELETE', 'PUT']) {
      expect(outcome(method, headers as Record<string, string>)).toBe(expected);
    }
  });
});

test('a request that only reads may come from anywhere', () => {
  expect(outcome('GET', { origin: 'https://evil.example' })).toBe('taken');
});
