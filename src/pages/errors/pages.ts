import { type Html, html, inline } from '../html.ts';
import { page } from '../layout.ts';
import { type ErrorDescription, plain } from './describe-error.ts';
import type { DocumentedError } from './read-errors.ts';

/** The page about one code. */
export function errorPage(error: ErrorDescription): string {
  const request =
    error.request &&
    html`<h2>A request that is right</h2>
<pre><code>${error.request}</code></pre>`;
  return page(
    `${error.code} (${error.status})`,
    html`<h1><code>${error.code}</code></h1>
<p>${error.chapter} · HTTP ${error.status}</p>
<h2>What happened</h2>
<p>${inline(error.whatHappened)}</p>
<h2>How to fix it</h2>
<p>${inline(error.howToFix)}</p>
<h2>What it looks like</h2>
<pre><code>${error.example}</code></pre>
${request}
<p>The same as <a href="/docs/errors/${error.code}.md">Markdown</a>, or as JSON with
<code>Accept: application/json</code>.</p>`,
  );
}

/** The same to read as text. */
export function errorMarkdown(error: ErrorDescription): string {
  const request = error.request
    ? `\n## A request that is right\n\n\`\`\`sh\n${error.request}\n\`\`\`\n`
    : '';
  return `# \`${error.code}\`

${error.chapter}, HTTP ${error.status}

## What happened

${error.whatHappened}

## How to fix it

${error.howToFix}

## What it looks like

\`\`\`http
${error.example}
\`\`\`
${request}`;
}

/** The list of all codes. */
export function errorList(errors: Iterable<DocumentedError>): string {
  const chapters = new Map<string, DocumentedError[]>();
  for (const error of errors) {
    chapters.set(error.chapter, [...(chapters.get(error.chapter) ?? []), error]);
  }
  const tables: Html[] = [...chapters].map(
    ([chapter, rows]) => html`<h2>${chapter}</h2>
<div class="table"><table>
<thead><tr><th scope="col">code</th><th scope="col">status</th>
<th scope="col">what happened</th></tr></thead>
<tbody>
${rows.map(
  ({ code, status, whatHappened }) => html`<tr>
<td><a href="/docs/errors/${code}"><code>${code}</code></a></td>
<td>${status}</td><td>${inline(whatHappened)}</td></tr>
`,
)}</tbody></table></div>
`,
  );
  return page(
    'Errors',
    html`<h1>Errors</h1>
<p>Match on the code: it is stable, the text is not.</p>
${tables}`,
  );
}

/** The same to read as text. */
export function errorListMarkdown(errors: Iterable<DocumentedError>): string {
  const lines = [...errors].map(
    ({ code, status, whatHappened }) =>
      `- [\`${code}\`](/docs/errors/${code}.md) (${status}): ${plain(whatHappened)}`,
  );
  return `# Errors\n\n${lines.join('\n')}\n`;
}
