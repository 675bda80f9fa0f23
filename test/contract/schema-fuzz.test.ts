import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { openThings } from '../platform-things.ts';
import { faultsOf } from '../schema-faults.ts';
import {
  draftsOf,
  type OpenApiDocument,
  type Operation,
  operationsOf,
  type WireRequest,
  wireOf,
} from '../schema-requests.ts';
import { openServedManage } from '../served-manage.ts';

// Every route of /openapi.json gets requests that are made from the document itself, good ones and
// spoiled ones. FUZZ_SEED=n makes others, FUZZ_CASES=n more of them; a failure prints its seed.

const SEED = Number(process.env.FUZZ_SEED ?? 20_261_120);
const CASES = Number(process.env.FUZZ_CASES ?? 60);
const DEADLINE_MS = 10_000;

const api = await openServedManage();
afterAll(() => api.close());

const operator = await api.openOperator();
const shop = await api.openPlatform();
const things = await openThings(api, shop);
const customer = await api.serving.openCustomer(1_000_000_000n);
await api.serving.sellModel('vendor/small', { input: 250n, output: 1_000n });
const { token: ownersToken } = (await shop.owner.post('/tokens', { name: 'fuzz', role: 'owner' }))
  .body;
// The operator most of all, because nothing is closed to them.
const tokens = [operator.token, operator.token, shop.owner.token, String(ownersToken)];

const answer = await fetch(`${api.url}/openapi.json`);
const document = (await answer.json()) as OpenApiDocument;
const known = { ...things.ids, model: 'vendor/small', 'farebox-platform': shop.slug };

const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: true });
(addFormats as unknown as (ajv: Ajv2020) => void)(ajv);
ajv.addSchema(document, 'document');

/** The fault of an answer, or undefined when it is as the contract says. */
function faultOf(operation: Operation, status: number, type: string, text: string) {
  if (status >= 500) return 'is a failure of ours';
  const at = (...parts: string[]) =>
    parts.map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1')).join('/');
  const documented = document.paths[operation.path]?.[
    operation.method.toLowerCase()
  ] as unknown as {
    responses: Record<string, { content?: Record<string, unknown> }>;
  };
  const response = documented.responses[status];
  if (response === undefined) return 'has a status that the contract does not name';
  if (response.content === undefined) return text === '' ? undefined : 'has a body';
  const media = type.split(';')[0] ?? '';
  if (response.content?.[media] === undefined) return `has the content type '${type}'`;
  if (media === 'text/event-stream') return undefined;
  const path = at('paths', operation.path, operation.method.toLowerCase(), 'responses');
  const $ref = `document#/${path}/${at(String(status), 'content', media, 'schema')}`;
  const validate = ajv.getSchema($ref) ?? ajv.compile({ $ref });
  return validate(JSON.parse(text)) ? undefined : ajv.errorsText(validate.errors);
}

async function ask(request: WireRequest, token: string) {
  const sent = await fetch(`${api.url}${request.target}`, {
    method: request.method,
    headers: { authorization: `Bearer ${token}`, ...withoutEmpty(request.headers) },
    signal: AbortSignal.timeout(DEADLINE_MS),
    // As bytes, because a text would be given a content type.
    ...(request.body !== undefined && { body: Buffer.from(request.body) }),
  });
  const type = sent.headers.get('content-type') ?? '';
  return { status: sent.status, type, text: await sent.text() };
}

const withoutEmpty = (headers: WireRequest['headers']) =>
  Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== ''));

async function check(operation: Operation, request: WireRequest, isRefused: boolean, who: number) {
  const isModelApi = operation.access === undefined;
  const token = isModelApi ? customer.key : (tokens[who % tokens.length] ?? '');
  const { status, type, text } = await ask(request, token);
  const fault =
    isRefused && status < 400
      ? 'takes what must be refused'
      : faultOf(operation, status, type, text);
  if (fault === undefined) return [];
  return [{ fault, status, answer: text.slice(0, 600), request: shown(request) }];
}

const shown = (request: WireRequest) => JSON.stringify(request).slice(0, 600);

describe(`with the seed ${SEED}`, () => {
  // What is under /auth is better-auth's own, which has its tests in src/routes/auth, and limits.
  const ours = operationsOf(document).filter(({ path }) => !path.startsWith('/auth/'));
  test.each(ours.map((operation) => [operation.method, operation.path, operation] as const))(
    '%s %s answers whatever it is sent as its contract says',
    async (_method, _path, operation) => {
      const drafts = fc.tuple(
        draftsOf(operation, document, known),
        faultsOf(operation),
        fc.nat(99),
      );
      const failures = [];
      for (const [index, [draft, [fault, number], who]] of fc
        .sample(drafts, { numRuns: CASES, seed: SEED })
        .entries()) {
        const good = wireOf(operation, draft);
        const isGood = index % 3 === 0;
        const request = isGood ? good : fault.spoil(good, draft, number);
        failures.push(...(await check(operation, request, !isGood && fault.isRefused, who)));
      }
      expect(failures.slice(0, 3)).toEqual([]);
    },
  );
});
