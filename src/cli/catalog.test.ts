import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CommandLine, openCommandLine, type Ran } from '../../test/command-line.ts';

const ON = ['--platform', 'shop'];
const SECRET = 'sk-upstream-0123456789';
const LIST = fileURLToPath(new URL('../../test/fixtures/model-prices-cut.json', import.meta.url));
const IMPORT = ['catalog', 'import', LIST, ...ON];

const typed = { input: '' };
let cli: CommandLine;
beforeAll(async () => {
  cli = await openCommandLine({
    readInput: async () => typed.input,
    readVariable: (name) => ({ PROVIDER_KEY: `${SECRET}\n`, TWO_LINES: 'a\nb' })[name],
  });
  await cli.json(
    ...['platforms', 'create', '--slug', 'shop', '--name', 'Shop', '--key-prefix', 'ptr_'],
    ...['--unit', 'USD:9', '--unit', 'credit:3'],
  );
});
afterAll(() => cli.close());

async function storedCredential(name: string): Promise<string | undefined> {
  const [row] = await cli.db.query<{ credential: Buffer | null }>(
    'select credential from upstream where name = $1',
    [name],
  );
  return row?.credential ? cli.secrets.open(row.credential) : undefined;
}

const addUpstream = (name: string, ...more: string[]) => [
  ...['upstreams', 'create', ...ON, '--name', name, '--base-url', 'https://api.example/v1/'],
  ...more,
];

describe('upstreams', () => {
  it('keep their credential sealed, from the environment or standard input', async () => {
    const first = await cli.json(...addUpstream('first', '--credential-env', 'PROVIDER_KEY'));
    const created = {
      id: expect.stringMatching(/^ups_\w{13}$/),
      platform: 'shop',
      name: 'first',
      base_url: 'https://api.example/v1',
      has_credential: true,
    };
    expect(first).toEqual(created);
    typed.input = 'from-stdin\n';
    await cli.json(...addUpstream('second', '--credential-stdin'));
    await cli.json('upstreams', 'create', ...ON, '--name', 'demo', '--base-url', 'demo:');
    expect(await storedCredential('first')).toBe(SECRET);
    expect(await storedCredential('second')).toBe('from-stdin');
    const listed = await cli.json<{ data: object[] }>('upstreams', 'list', ...ON);
    expect(listed.data[1]).toEqual({
      id: created.id,
      name: 'first',
      base_url: 'https://api.example/v1',
      has_credential: true,
      active: true,
      created_at: expect.stringMatching(/Z$/),
    });
    const { out } = await cli.run('upstreams', 'list', ...ON);
    expect(out).toMatch(/^NAME +BASE URL +CREDENTIAL +ACTIVE\ndemo +demo: +no +yes\n/);
  });
});

describe('catalog', () => {
  it('adds a product by hand, once, to be priced and routed', async () => {
    const add = ['catalog', 'add', 'my-model', ...ON, '--max-output-tokens', '2048'];
    expect(await cli.json(...add)).toEqual({
      id: expect.stringMatching(/^prd_/),
      product: 'my-model',
      kind: 'chat',
    });
    expect(await cli.run(...add)).toMatchObject({ exitCode: 1 });
    expect((await cli.run(...add, '--kind', 'poem')).exitCode).toBe(2);
  });

  it('imports a public list and reports all that it left out', async () => {
    const report = await cli.json<Record<'refused' | 'not_priced', object[]>>(
      ...[...IMPORT, '--upstream', 'first', '--margin', '1.2'],
    );
    expect(report).toEqual({
      products: expect.any(Number),
      priced: expect.any(Number),
      unchanged: 0,
      free: expect.any(Number),
      refused: expect.any(Array),
      not_priced: expect.any(Array),
    });
    expect(Object.keys(report.refused[0] ?? {})).toEqual(['model', 'reason']);
    const left = ['model', 'field', 'value', 'reason'];
    expect(Object.keys(report.not_priced[0] ?? {})).toEqual(left);
    const again = await cli.run(...IMPORT, '--upstream', 'first', '--margin', '1.2');
    expect(again).toMatchObject({ exitCode: 0, error: '' });
    expect(again.out).toMatch(/^products +\d+\nnew prices +0\nunchanged +\d+\n/);
    for (const group of ['Models that were refused:', 'Prices of imported models']) {
      expect(again.out).toContain(group);
    }
    const counts = [...again.out.matchAll(/^ {2} *(\d+) {2}/gm)].map(([, count]) => Number(count));
    const total = report.refused.length + report.not_priced.length;
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(total);
  });

  it('publishes a price by hand and routes a product, and shows both', async () => {
    const { data } = await cli.json<{ data: { slug: string }[] }>('catalog', 'list', ...ON);
    const product = data[0]?.slug ?? '';
    const components = ['request=0.001', 'input@200001=0.5/1000000', 'input=0.25/1000000'];
    const priced = await cli.json<{ price: string }>(
      ...['catalog', 'price', product, ...ON],
      ...components.flatMap((one) => ['--component', one]),
    );
    const tier = (component: string, from: number, amount: string, per: number) => ({
      component,
      from_context_tokens: from,
      amount,
      per,
    });
    const shown = [
      tier('input', 0, '0.25', 1_000_000),
      tier('input', 200_001, '0.5', 1_000_000),
      tier('request', 0, '0.001', 1),
    ];
    expect(priced).toEqual({
      product,
      price: expect.stringMatching(/^prc_\w{13}$/),
      changed: true,
      unit: 'USD',
      components: shown,
    });
    const route = { product, upstream: 'demo', model: 'demo-small', priority: -1 };
    const to = ['--upstream', 'demo', '--model', 'demo-small', '--priority', '-1'];
    expect(await cli.json('catalog', 'route', product, ...ON, ...to)).toEqual(route);
    const listed = await cli.run('catalog', 'list', ...ON, '--json');
    expect(JSON.parse(listed.out).data[0]).toEqual({
      id: expect.stringMatching(/^prd_\w{13}$/),
      slug: product,
      kind: expect.any(String),
      name: expect.any(String),
      owned_by: expect.any(String),
      context_tokens: expect.anything(),
      max_output_tokens: expect.anything(),
      price: { id: priced.price, unit: 'USD', components: shown },
      routes: [
        { upstream: 'demo', model: 'demo-small', priority: -1 },
        { upstream: 'first', model: expect.any(String), priority: 0 },
      ],
    });
    expect(listed.out).not.toContain(SECRET);
    const { out } = await cli.run('catalog', 'list', ...ON);
    expect(out).toMatch(/^PRODUCT +KIND +ROUTES +UNIT +PRICE\n/);
    expect(out).toMatch(
      / demo\/demo-small first\/\S+ +USD +input=0\.25\/1000000 input@200001=0\.5\/1000000 request=/,
    );
  });
});

const PRICE = ['catalog', 'price', 'm', ...ON, '--component'];
const ROUTE = ['catalog', 'route', 'm', ...ON, '--model', 'm', '--upstream'];

it.each<[argv: string[], code: string, message: RegExp]>([
  [addUpstream('first'), 'upstream_exists', /^--name: /],
  [addUpstream('a b'), 'invalid_upstream', /^--name: /],
  [[...addUpstream('x'), '--base-url', 'ftp://x'], 'base_url_invalid', /^--base-url: /],
  [[...addUpstream('x'), '--base-url', 'https://u:p@x'], 'base_url_invalid', /^--base-url: /],
  [
    addUpstream('x', '--credential-env', 'ABSENT'),
    'invalid_upstream',
    /^--credential-env: .*no key/,
  ],
  [addUpstream('x', '--credential-env', 'TWO_LINES'), 'invalid_upstream', /unusual characters/],
  [
    addUpstream('x', '--credential-env', 'PROVIDER_KEY', '--credential-stdin'),
    'invalid_upstream',
    /not both/,
  ],
  [['catalog', 'import', 'absent.json', ...ON], 'file_unreadable', /'absent\.json' cannot be read/],
  [['catalog', 'import', import.meta.filename, ...ON], 'listing_unreadable', /not JSON/],
  [[...IMPORT, '--upstream', 'none'], 'upstream_unknown', /^--upstream: /],
  [[...IMPORT, '--margin', '-1'], 'margin_invalid', /^--margin: /],
  [[...IMPORT, '--provider', 'nobody'], 'provider_unknown', /^--provider: /],
  [[...PRICE, 'input=1'], 'product_unknown', /no product 'm'/],
  [[...ROUTE, 'demo'], 'product_unknown', /no product 'm'/],
])('%j is refused', async (argv, code, message) => {
  expectRefusal(await cli.run(...argv, '--json'), code, message);
});

it('refuses a price that cannot be kept exactly, a tier twice and an unknown unit', async () => {
  const { data } = await cli.json<{ data: { slug: string }[] }>('catalog', 'list', ...ON);
  const run = (...more: string[]) =>
    cli.run('catalog', 'price', data[0]?.slug ?? '', ...ON, '--component', ...more, '--json');
  expectRefusal(await run('input=0.0000000001'), 'invalid_amount', /^--component: /);
  expectRefusal(await run('input=1.2.3'), 'invalid_amount', /^--component: /);
  expectRefusal(await run('input=1', '--component', 'input=2'), 'price_invalid', /^--component: /);
  expectRefusal(await run('input=1', '--unit', 'EUR'), 'unit_unknown', /^--unit: .*USD, credit/);
});

function expectRefusal({ exitCode, out, error }: Ran, code: string, message: RegExp): void {
  expect({ exitCode, out }).toEqual({ exitCode: 1, out: '' });
  expect(JSON.parse(error)).toEqual({ error: { code, message: expect.stringMatching(message) } });
  expect(error).not.toContain(SECRET);
}

describe('a price that is worked on', () => {
  it('is compared, tried, published at an instant, and rolled back', async () => {
    await cli.json('catalog', 'add', 'worked-on', ...ON);
    const draft = async (amount: string) => {
      const component = ['--component', `input=${amount}/1000000`];
      const made = await cli.json<{ draft: string }>(
        ...['catalog', 'draft', 'worked-on', ...ON, ...component],
      );
      return made.draft;
    };
    const first = await cli.json<{ price: string }>('catalog', 'publish', await draft('1'), ...ON);
    expect(first).toMatchObject({ product: 'worked-on', version: 1, status: 'current' });
    const dearer = await draft('1.5');
    const { data } = await cli.json<{ data: object[] }>('catalog', 'diff', dearer, ...ON);
    expect(data).toMatchObject([
      { component: 'input', change: 'raised', before: { amount: '1' }, after: { amount: '1.5' } },
    ]);
    const tried = ['catalog', 'dry-run', ...ON, '--draft', dearer, '--days', '7'];
    expect(await cli.json(...tried)).toEqual({ data: [] });
    const at = ['--at', '2199-01-31T12:00:00Z'];
    expect(await cli.json('catalog', 'publish', dearer, ...ON, ...at)).toMatchObject({
      ...{ version: 2, status: 'scheduled', valid_from: '2199-01-31T12:00:00.000Z' },
    });
    expect(await cli.run('catalog', 'publish', dearer, ...ON)).toMatchObject({ exitCode: 1 });
    await cli.json('catalog', 'publish', await draft('3'), ...ON);
    expect(await cli.json('catalog', 'roll-back', first.price, ...ON)).toMatchObject({
      ...{ version: 4, status: 'current' },
    });
  });
});
