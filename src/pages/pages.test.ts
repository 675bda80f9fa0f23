import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Serving, startServing } from '../../test/serving.ts';

let serving: Serving;
beforeAll(async () => {
  serving = await startServing({ publicUrl: 'https://api.example.com' });
});
afterAll(() => serving.close());

async function get(path: string, accept = 'text/html') {
  const answer = await fetch(`${serving.url}${path}`, { headers: { accept } });
  const type = answer.headers.get('content-type')?.split(';')[0];
  return { status: answer.status, type, text: await answer.text(), headers: answer.headers };
}

/** Fails for what the policy of the page would not let run, or load. */
function expectStrict({ headers, text }: Awaited<ReturnType<typeof get>>) {
  expect(headers.get('content-security-policy')).toContain("default-src 'none'; style-src 'self'");
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(text).not.toMatch(/<script|<style|\sstyle=|\son\w+=|javascript:/i);
  for (const [, address] of text.matchAll(/(?:src|href)="([^"]*)"/g)) {
    expect(address).toMatch(/^[/#](?!\/)/);
  }
}

describe('the page of an error', () => {
  test('says what happened, how to fix it, how it looks and what would be right', async () => {
    const page = await get('/docs/errors/rate_limit_exceeded');
    expect([page.status, page.type]).toEqual([200, 'text/html']);
    expectStrict(page);
    expect(page.text).toContain('<h1><code>rate_limit_exceeded</code></h1>');
    expect(page.text).toContain('Wait <code>retry-after</code> seconds');
    expect(page.text).toContain('HTTP/1.1 429');
    expect(page.text).toContain('curl https://api.example.com/v1/chat/completions');
  });

  test('is Markdown behind .md, and JSON to who accepts that', async () => {
    const markdown = await get('/docs/errors/account_not_found.md');
    expect([markdown.status, markdown.type]).toEqual([200, 'text/markdown']);
    expect(markdown.text).toMatch(/^# `account_not_found`\n/);
    const json = await get('/docs/errors/not_signed_in', 'application/json');
    expect(json.type).toBe('application/json');
    expect(JSON.parse(json.text)).toMatchObject({
      code: 'not_signed_in',
      status: 401,
      request: expect.stringContaining('/manage/v1/me'),
      example: expect.stringContaining('"type": "/docs/errors/not_signed_in"'),
    });
  });

  test('is where a refusal says that it is', async () => {
    const refusal = await fetch(`${serving.url}/manage/v1/me`);
    const { type } = (await refusal.json()) as { type: string };
    expect((await get(type)).status).toBe(200);
  });

  test.each(['/docs/errors/nothing_such', '/docs/errors/toString', '/docs/errors/%3Cscript%3E'])(
    'is not there for %s',
    async (path) => {
      expect((await get(path)).status).toBe(404);
    },
  );

  test('is led to by the list of all', async () => {
    const list = await get('/docs/errors');
    expectStrict(list);
    const links = [...list.text.matchAll(/href="(\/docs\/errors\/\w+)"/g)].map(([, path]) => path);
    expect(links.length).toBeGreaterThan(80);
    for (const link of links) expect((await get(link ?? '')).status, link).toBe(200);
    expect((await get('/docs/errors', 'text/markdown')).text).toContain(
      '(/docs/errors/overloaded.md)',
    );
    const { data } = JSON.parse((await get('/docs/errors', 'application/json')).text);
    expect(data).toHaveLength(links.length);
  });
});

describe('the reference', () => {
  test('shows every operation of the document, and runs no script', async () => {
    const page = await get('/reference');
    expectStrict(page);
    const { paths } = JSON.parse((await get('/openapi.json')).text) as { paths: object };
    const markdown = await get('/reference.md');
    expect(markdown.type).toBe('text/markdown');
    for (const [path, item] of Object.entries(paths)) {
      for (const [method, { operationId }] of Object.entries<{ operationId?: string }>(item)) {
        const id = operationId ?? `${method}:${path}`;
        expect(page.text, path).toContain(`<details id="${id}">`);
        expect(markdown.text).toContain(`### ${method.toUpperCase()} ${path}\n`);
      }
    }
    const anchors = [...page.text.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
    for (const id of anchors) expect(page.text).toContain(`id="${id}"`);
  });
});

test('llms.txt leads to addresses of this instance that answer', async () => {
  const page = await get('/llms.txt');
  expect([page.status, page.type]).toEqual([200, 'text/plain']);
  const links = [...page.text.matchAll(/\]\(https:\/\/api\.example\.com(\/[^)]*)\)/g)];
  expect(links.length).toBeGreaterThan(3);
  for (const [, path] of links) expect((await get(path ?? '')).status, path).toBe(200);
});

test('the style sheet is one, and every page may use it', async () => {
  expect(await get('/docs/style.css')).toMatchObject({ status: 200, type: 'text/css' });
});
