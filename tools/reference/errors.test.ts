import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { BASE_ERROR_CODES } from '@better-auth/core/error';
import { passkey } from '@better-auth/passkey';
import { genericOAuth, twoFactor } from 'better-auth/plugins';
import type { Node } from 'oxc-parser';
import { describe, expect, it } from 'vitest';
import { parseErrors } from '../../src/pages/errors/read-errors.ts';
import { readCheckout } from '../tidy/checkout.ts';
import { dottedName, isTest, walk } from '../tidy/source.ts';

const root = new URL('../../', import.meta.url);
const documented = parseErrors(readFileSync(new URL('docs/reference/errors.md', root), 'utf8'));

/** Codes that the code makes up of parts, and where: each of them is listed by hand. */
const MADE_UP: Readonly<Record<string, readonly string[]>> = {
  'src/routes/auth/refusal.ts': ['invalid_origin', 'email_not_verified'],
};
/** The demo provider plays a provider: its errors are answers to the gateway. */
const OF_OTHERS = /^src\/gateway\/providers\//;

/** Every text inside an expression: both sides of `a ? 'x' : 'y'`, too. */
function textsIn(node: Node | null | undefined): string[] {
  const texts: string[] = [];
  if (node) {
    walk(node, (one) => {
      if (one.type === 'Literal' && typeof one.value === 'string') texts.push(one.value);
    });
  }
  return texts;
}

/** The codes that are thrown in a piece of program: of faults, and of what makes them. */
function codesIn(program: Node): string[] {
  const codes: string[] = [];
  walk(program, (node) => {
    if (node.type === 'CallExpression' && dottedName(node.callee) === 'notFound') {
      codes.push(...textsIn(node.arguments[0]).map((noun) => `${noun}_not_found`));
    }
    if (
      node.type !== 'NewExpression' ||
      !/Fault|Refusal|Exceeded/.test(dottedName(node.callee) ?? '')
    ) {
      return;
    }
    const [options] = node.arguments;
    if (options?.type !== 'ObjectExpression') return;
    for (const property of options.properties) {
      if (property.type !== 'Property' || property.key.type !== 'Identifier') continue;
      if (property.key.name === 'code') codes.push(...textsIn(property.value));
    }
  });
  return codes.filter((code) => /^[A-Za-z]\w*$/.test(code));
}

describe('docs/reference/errors.md', () => {
  it('has every code that is thrown anywhere in the program', () => {
    const { sources } = readCheckout(fileURLToPath(root));
    const thrown = sources
      .filter(({ path }) => path.startsWith('src/') && !isTest(path) && !OF_OTHERS.test(path))
      .flatMap(({ path, program }) =>
        [...codesIn(program), ...(MADE_UP[path] ?? [])].map((code) => ({ path, code })),
      );
    expect(new Set(thrown.map(({ code }) => code)).size).toBeGreaterThan(60);
    expect(thrown.filter(({ code }) => !documented.has(code))).toEqual([]);
  });

  it('has every code of better-auth and of those of its plugins that are used', () => {
    const { $ERROR_CODES: oauth } = genericOAuth({ config: [] });
    const tables = [BASE_ERROR_CODES, twoFactor().$ERROR_CODES, passkey().$ERROR_CODES, oauth];
    const codes = tables.flatMap((table) => Object.keys(table)).map((code) => code.toLowerCase());
    expect(codes.length).toBeGreaterThan(70);
    expect(codes.filter((code) => !documented.has(code))).toEqual([]);
  });

  it('says of every code what happened and how to fix it', () => {
    expect(documented.size).toBeGreaterThan(80);
    for (const { code, status, whatHappened, howToFix } of documented.values()) {
      expect(status >= 400 && status < 600, code).toBe(true);
      expect(whatHappened.trim(), code).toMatch(/\.$/);
      expect(howToFix.trim(), code).toMatch(/\.$/);
    }
  });
});
