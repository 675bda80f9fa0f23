import { describe, expect, test } from 'vitest';
import { createLog, Fault } from '../kernel/index.ts';
import { faultOf, renderFault } from './index.ts';

const fault = (status: number, retryAfterSeconds?: number) =>
  new Fault({
    code: 'some_code',
    status,
    message: 'What to do.',
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });

describe("OpenAI's error type", () => {
  test.each([
    [400, 'invalid_request_error'],
    [401, 'authentication_error'],
    [402, 'insufficient_quota'],
    [403, 'permission_error'],
    [404, 'not_found_error'],
    [409, 'invalid_request_error'],
    [413, 'invalid_request_error'],
    [500, 'server_error'],
    [503, 'server_error'],
  ])('of status %i is %s', (status, type) => {
    const { body } = renderFault('openai', fault(status), 'req_1');
    expect(JSON.parse(body)).toEqual({
      error: { message: 'What to do.', type, param: null, code: 'some_code' },
    });
  });

  test('tells a limit that passes from one that does not', () => {
    const typeOf = (f: Fault) => JSON.parse(renderFault('openai', f, 'r').body).error.type;
    expect(typeOf(fault(429, 3))).toBe('rate_limit_error');
    expect(typeOf(fault(429))).toBe('insufficient_quota');
  });
});

describe('a client is told to retry', () => {
  test.each<[number, number | undefined, string | undefined, string | undefined]>([
    [429, 2.1, '3', undefined],
    [429, 0, '1', undefined],
    [503, undefined, '1', undefined],
    [503, 30, '30', undefined],
    [500, undefined, undefined, undefined],
    [408, undefined, undefined, undefined],
    [402, undefined, undefined, 'false'],
    [429, undefined, undefined, 'false'],
    [401, undefined, undefined, 'false'],
    [404, undefined, undefined, 'false'],
  ])(
    'status %i with a wait of %s: retry-after %s, x-should-retry %s',
    (status, wait, after, should) => {
      const { headers } = renderFault('openai', fault(status, wait), 'req_1');
      expect(headers['retry-after']).toBe(after);
      expect(headers['x-should-retry']).toBe(should);
    },
  );
});

describe('what is thrown', () => {
  const thrown = (error: unknown) => faultOf(error, 'req_1', createLog('silent'));

  test('stays as it is when it is a fault', () => {
    const it = fault(418);
    expect(thrown(it)).toBe(it);
  });

  test('is 503 when the database cannot be reached', () => {
    const error = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    expect(thrown(error)).toMatchObject({ status: 503, code: 'database_unavailable' });
  });

  test.each([[new TypeError('x is undefined')], ['a string'], [undefined], [{ status: 200 }]])(
    'is a neutral 500 when it is %s',
    (error) => {
      expect(thrown(error)).toMatchObject({ status: 500, code: 'internal_error' });
      expect(thrown(error).message).not.toContain('undefined');
    },
  );
});
