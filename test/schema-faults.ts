import fc from 'fast-check';
import type { Draft, Operation, WireRequest } from './schema-requests.ts';

/** A way to spoil a request. */
interface Fault {
  readonly name: string;
  /** Whether what comes out of it must be refused, whatever it was made of. */
  readonly isRefused: boolean;
  spoil(request: WireRequest, draft: Draft, number: number): WireRequest;
}

const HUGE = [
  '1e308',
  '-1e308',
  '9223372036854775808',
  '1e400',
  '0.1e-300',
  '-0',
  '18014398509481985',
];
const TEXTS = [
  'a\u0000b',
  '\u0000',
  'x'.repeat(20_000),
  '\ud800',
  '🧨'.repeat(70),
  "'; drop table account; --",
  '\u202e\u2066evil',
  '%00%ff',
  '../../etc/passwd',
  '',
  ' ',
];
const VALUES = [null, true, false, 0, -1, 1.5, [], {}, [[]], { a: { b: {} } }, 'text', ''];
const SECRET = ['__proto__', 'constructor', 'toString', 'object', 'id', 'platform_id'];

const pick = <T>(list: readonly T[], number: number): T => list[number % list.length] as T;

/** The request with its body changed; as it was when it has none to change. */
const withBody = (request: WireRequest, body: unknown): WireRequest => ({
  ...request,
  headers: { ...request.headers, 'content-type': 'application/json' },
  body: typeof body === 'string' ? body : JSON.stringify(body),
});

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The places in a body that hold a value, as paths. */
function placesOf(body: unknown, path: readonly string[] = []): string[][] {
  if (typeof body !== 'object' || body === null) return path.length === 0 ? [] : [[...path]];
  return [
    ...(path.length === 0 ? [] : [[...path]]),
    ...Object.entries(body).flatMap(([name, value]) => placesOf(value, [...path, name])),
  ];
}

function replaced(body: unknown, path: readonly string[], value: unknown): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return value;
  const at = (body ?? {}) as Record<string, unknown>;
  const changed = replaced(at[name], rest, value);
  if (Array.isArray(body))
    return body.map((one, index) => (String(index) === name ? changed : one));
  return { ...at, [name]: changed };
}

function spoiledBody(request: WireRequest, body: unknown, value: unknown, number: number) {
  const places = placesOf(body);
  return places.length === 0
    ? withBody(request, value)
    : withBody(request, replaced(body, pick(places, Math.floor(number / 64)), value));
}

/** Numbers that JSON has and JavaScript has not are written in afterwards. */
function hugeNumber(request: WireRequest, draft: Draft, number: number): WireRequest {
  const marked = spoiledBody(request, draft.body, '<number>', number);
  return { ...marked, body: marked.body?.replace('"<number>"', pick(HUGE, number)) };
}

const BODY_FAULTS: readonly Fault[] = [
  {
    name: 'another type',
    isRefused: false,
    spoil: (request, { body }, n) => spoiledBody(request, body, pick(VALUES, n), n),
  },
  {
    name: 'another text',
    isRefused: false,
    spoil: (request, { body }, n) => spoiledBody(request, body, pick(TEXTS, n), n),
  },
  { name: 'a huge number', isRefused: false, spoil: hugeNumber },
  {
    name: 'a field less',
    isRefused: false,
    spoil: (request, { body }, n) => {
      const names = isObject(body) ? Object.keys(body) : [];
      const { [pick(names, n) ?? '']: _, ...rest } = isObject(body) ? body : {};
      return withBody(request, rest);
    },
  },
  {
    name: 'a field more',
    isRefused: false,
    spoil: (request, { body }, n) =>
      withBody(
        request,
        `{${[...Object.entries(isObject(body) ? body : {}), [pick(SECRET, n), 1]]
          .map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)
          .join()}}`,
      ),
  },
  {
    name: 'no object',
    isRefused: true,
    spoil: (request, _, n) => withBody(request, pick(['[]', 'null', '1', '"text"', '[[]]'], n)),
  },
  {
    name: 'broken JSON',
    isRefused: true,
    spoil: (request, _, n) =>
      withBody(request, pick(['{', '{"a":', '{"a":1,}', "{'a':1}", '\u0000', '{}{}', 'NaN'], n)),
  },
  {
    name: 'a deep body',
    isRefused: true,
    spoil: (request, _, n) => withBody(request, '['.repeat(1_000 + (n % 9_000))),
  },
  {
    name: 'another content type',
    isRefused: true,
    spoil: (request, { body }, n) => ({
      ...withBody(request, body ?? {}),
      headers: {
        ...request.headers,
        // An empty one is left out.
        'content-type': pick(
          ['text/plain', 'application/xml', 'a/b', 'multipart/form-data', ''],
          n,
        ),
      },
    }),
  },
];

const TARGET_FAULTS: readonly Fault[] = [
  {
    name: 'another query',
    isRefused: false,
    spoil: (request, _, n) => {
      const name = pick(['limit', 'after', 'before', 'unknown', 'limit', 'after'], n);
      const value = pick(
        ['0', '-1', '1e9', 'abc', '9'.repeat(30), '%00', '%ED%A0%80', '%zz'],
        n >> 3,
      );
      const [address, query = ''] = request.target.split('?');
      return { ...request, target: `${address}?${query}&${name}=${value}` };
    },
  },
  {
    name: 'another header',
    isRefused: false,
    spoil: (request, _, n) => ({
      ...request,
      headers: {
        ...request.headers,
        [pick(['farebox-platform', 'farebox-account', 'idempotency-key', 'farebox-version'], n)]:
          pick(
            ['', 'x'.repeat(400), 'é', "'", 'plt_zzzzzzzzzzzzz', 'acc_0000000000000', '{}'],
            n >> 2,
          ),
      },
    }),
  },
];

const PATH_VALUES = [
  '%00',
  'acc_zzzzzzzzzzzzz',
  '%ff',
  '%zz',
  'x'.repeat(300),
  '%F0%9F%A7%A8',
  '%2F',
];
const PATH_FAULT: Fault = {
  name: 'another id',
  isRefused: false,
  spoil: (request, draft, n) => {
    const values = Object.values(draft.path).map(encodeURIComponent);
    const value = pick(values, n);
    if (value === undefined || value === '') return request;
    return { ...request, target: request.target.replace(value, pick(PATH_VALUES, n)) };
  },
};

/** The faults that a request of that operation can have, each with a number that chooses in it. */
export function faultsOf({ body, path }: Operation): fc.Arbitrary<readonly [Fault, number]> {
  const faults = [
    ...(body === undefined ? [] : BODY_FAULTS),
    ...TARGET_FAULTS,
    ...(path.includes('{') ? [PATH_FAULT] : []),
  ];
  return fc.tuple(fc.constantFrom(...faults), fc.nat({ max: 100_000 }));
}
