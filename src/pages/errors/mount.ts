import type { Context } from 'hono';
import { accepts } from 'hono/accepts';
import { type ManagedApp, transportFault } from '../../http/index.ts';
import { send } from '../send.ts';
import { describeError } from './describe-error.ts';
import { errorList, errorListMarkdown, errorMarkdown, errorPage } from './pages.ts';
import type { DocumentedError } from './read-errors.ts';

const KINDS = ['text/html', 'application/json', 'text/markdown'] as const;

/** What somebody wants to read: a browser HTML, a program what it says that it accepts. */
function kindOf(c: Context): string {
  return accepts(c, { header: 'Accept', supports: [...KINDS], default: 'text/html' });
}

/** Mounts `/docs/errors` and a page for every code. */
export function mountErrors(
  app: ManagedApp,
  errors: ReadonlyMap<string, DocumentedError>,
  publicUrl: () => string,
): void {
  app.get('/docs/errors', (c) => {
    const kind = kindOf(c);
    if (kind === 'application/json') {
      return c.json({ object: 'list', data: [...errors.values()] }, 200, { vary: 'accept' });
    }
    return kind === 'text/markdown'
      ? send(errorListMarkdown(errors.values()), kind)
      : send(errorList(errors.values()), 'text/html');
  });

  app.get('/docs/errors/:code', (c) => {
    const asked = c.req.param('code');
    const code = asked.replace(/\.md$/, '');
    const error = errors.get(code);
    if (error === undefined) throw transportFault('not_found');
    const described = describeError(error, publicUrl());
    const kind = asked === code ? kindOf(c) : 'text/markdown';
    if (kind === 'application/json') return c.json(described, 200, { vary: 'accept' });
    return kind === 'text/markdown'
      ? send(errorMarkdown(described), kind)
      : send(errorPage(described), 'text/html');
  });
}
