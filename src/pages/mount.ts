import type { ManagedApp } from '../http/index.ts';
import { mountErrors } from './errors/mount.ts';
import { readErrors } from './errors/read-errors.ts';
import { STYLE, STYLE_PATH } from './layout.ts';
import { llmsText } from './llms.ts';
import { referenceMarkdown, referencePage } from './reference/pages.ts';
import { type Reference, readReference, type ServedDocument } from './reference/read-reference.ts';
import { send } from './send.ts';

interface PagesParts {
  /** Where people reach the instance, without a slash at its end. */
  publicUrl(): string;
}

/** Mounts the pages that explain this API. Rejects when the list of errors cannot be read. */
export async function mountPages(app: ManagedApp, { publicUrl }: PagesParts): Promise<void> {
  mountErrors(app, await readErrors(), publicUrl);
  app.get(STYLE_PATH, () => send(STYLE, 'text/css'));
  app.get('/llms.txt', () => send(llmsText(publicUrl()), 'text/plain'));
  // Made when it is first asked for: by then every route is mounted.
  let reference: Reference | undefined;
  const read = async () => {
    if (reference !== undefined) return reference;
    const served = await app.request('/openapi.json');
    reference = readReference((await served.json()) as ServedDocument);
    return reference;
  };
  app.get('/reference', async () => send(referencePage(await read()), 'text/html'));
  app.get('/reference.md', async () => send(referenceMarkdown(await read()), 'text/markdown'));
}
