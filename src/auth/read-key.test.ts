import { describe, expect, test } from 'vitest';
import { type KeyHeaders, readKey } from './index.ts';

describe('a key', () => {
  test.each<[string, KeyHeaders]>([
    ['a bearer', { authorization: 'Bearer ptr_abc' }],
    ['a bearer in any case', { authorization: 'bEARER ptr_abc' }],
    ['a bearer with spaces around', { authorization: '  Bearer \t  ptr_abc  ' }],
    ['x-api-key', { 'x-api-key': ' ptr_abc ' }],
    ['both, when they are the same', { authorization: 'Bearer ptr_abc', 'x-api-key': 'ptr_abc' }],
    ['x-api-key beside an empty bearer', { authorization: 'Bearer ', 'x-api-key': 'ptr_abc' }],
  ])('is read from %s', (_where, headers) => {
    expect(readKey(headers)).toBe('ptr_abc');
  });

  test('may contain spaces, which makes it wrong later but not missing', () => {
    expect(readKey({ authorization: 'Bearer My API Key' })).toBe('My API Key');
  });

  test.each<[string, KeyHeaders]>([
    ['no header', {}],
    ['empty headers', { authorization: ' ', 'x-api-key': '' }],
    ['a bearer of nothing', { authorization: 'Bearer' }],
  ])('is missing with %s', (_what, headers) => {
    expect(() => readKey(headers)).toThrow(
      expect.objectContaining({ code: 'MISSING_AUTH_HEADER', status: 401 }),
    );
  });

  test.each<[string, KeyHeaders]>([
    ['two that differ', { authorization: 'Bearer a', 'x-api-key': 'b' }],
    ['another scheme', { authorization: 'Basic dTpw' }],
    ['a scheme that only begins like ours', { authorization: 'BearerToken x' }],
    ['a bare key', { authorization: 'ptr_abc' }],
  ])('is wrong with %s', (_what, headers) => {
    expect(() => readKey(headers)).toThrow(
      expect.objectContaining({ code: 'INVALID_TOKEN', status: 401 }),
    );
  });
});
