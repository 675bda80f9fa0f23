import { type Html, html, inline } from '../html.ts';
import { page } from '../layout.ts';
import type { Field, Reference, ShownOperation } from './read-reference.ts';

/** The reference as one page that folds. */
export function referencePage({ groups, schemas }: Reference): string {
  return page(
    'API reference',
    html`<h1>API reference</h1>
<p>Written from the <a href="/openapi.json">OpenAPI document</a> of this very server; the same as
<a href="/reference.md">Markdown</a>.</p>
<nav aria-label="Chapters"><p>
${groups.map(({ name }) => html`<a href="#${anchor(name)}">${name}</a>\n`)}
<a href="#schemas">schemas</a>
</p></nav>
${groups.map(
  ({ name, operations }) => html`<section aria-labelledby="${anchor(name)}">
<h2 id="${anchor(name)}">${name}</h2>
${operations.map(operationHtml)}</section>
`,
)}<section aria-labelledby="schemas">
<h2 id="schemas">schemas</h2>
${schemas.map(
  ({ name, fields }) => html`<details id="schema-${name}"><summary>${name}</summary>
${fieldsTable(fields)}</details>
`,
)}</section>`,
  );
}

const anchor = (name: string) => name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');

function operationHtml(operation: ShownOperation): Html {
  const { method, path, summary, description, access, parameters, body, answers, id } = operation;
  return html`<details id="${id}"><summary><span class="method">${method}</span>
<code>${path}</code> ${summary}</summary>
${description === '' ? undefined : html`<p>${inline(description)}</p>`}
<p><code>${id}</code>${access === undefined ? undefined : html`, for: ${access}`}</p>
${parameters.length === 0 ? undefined : html`<h3>Parameters</h3>${fieldsTable(parameters)}`}
${body.length === 0 ? undefined : html`<h3>Body</h3>${fieldsTable(body)}`}
<h3>Answers</h3>
<ul>
${answers.map(
  (one) => html`<li>${one.status}: ${inline(one.description)} ${typeLink(one.type)}</li>\n`,
)}</ul>
</details>
`;
}

function fieldsTable(fields: readonly (Field & { readonly where?: string })[]): Html {
  return html`<div class="table"><table>
<thead><tr><th scope="col">name</th><th scope="col">type</th>
<th scope="col">meaning</th></tr></thead>
<tbody>
${fields.map(
  ({ name, type, isNeeded, description, where }) => html`<tr><td><code>${name}</code></td>
<td>${typeLink(type)}${isNeeded ? ', needed' : ''}${where === undefined ? '' : ` (${where})`}</td>
<td>${inline(description)}</td></tr>
`,
)}</tbody></table></div>
`;
}

/** The name of a schema leads to it. */
function typeLink(type: string): Html {
  return html`${type.split(' ').map((word, index) => {
    const space = index === 0 ? '' : ' ';
    return /^[A-Z]\w*$/.test(word)
      ? html`${space}<a href="#schema-${word}">${word}</a>`
      : html`${space}${word}`;
  })}`;
}

/** The same as text. */
export function referenceMarkdown({ groups, schemas }: Reference): string {
  const chapters = groups.map(
    ({ name, operations }) => `## ${name}\n\n${operations.map(operationMarkdown).join('\n')}`,
  );
  const named = schemas.map(({ name, fields }) => `### ${name}\n\n${fieldLines(fields)}`);
  return `# API reference\n\n${chapters.join('\n')}\n## schemas\n\n${named.join('\n')}`;
}

function operationMarkdown(operation: ShownOperation): string {
  const { method, path, summary, description, access, parameters, body, answers } = operation;
  const answered = answers.map(({ status, description: what, type }) => {
    return `- ${status}: ${what}${type === '' ? '' : ` (${type})`}\n`;
  });
  return [
    `### ${method} ${path}\n\n${summary}\n`,
    description === '' ? '' : `\n${description}\n`,
    access === undefined ? '' : `\nFor: ${access}\n`,
    parameters.length === 0 ? '' : `\nParameters:\n\n${fieldLines(parameters)}`,
    body.length === 0 ? '' : `\nBody:\n\n${fieldLines(body)}`,
    `\nAnswers:\n\n${answered.join('')}`,
  ].join('');
}

function fieldLines(fields: readonly (Field & { readonly where?: string })[]): string {
  return fields
    .map(({ name, type, isNeeded, description, where }) => {
      const about = [type, isNeeded ? 'needed' : '', where ?? ''].filter(Boolean).join(', ');
      return `- \`${name}\` (${about})${description === '' ? '' : `: ${description}`}\n`;
    })
    .join('');
}
