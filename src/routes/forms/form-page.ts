import { createHash } from 'node:crypto';

/** One field that people fill in. */
export interface FormField {
  readonly name: string;
  readonly label: string;
  readonly type: 'text' | 'email' | 'password';
  /** What browsers fill in by themselves: a name of the HTML standard's autofill. */
  readonly autocomplete: string;
  readonly value?: string | undefined;
  readonly minLength?: number;
  readonly isOptional?: boolean;
}

/** A page that asks for something, or only says something when it has no action. */
export interface FormPage {
  readonly title: string;
  readonly text: string;
  /** What was wrong with what was sent before. */
  readonly problem?: string | undefined;
  readonly form?: {
    readonly action: string;
    readonly hidden: Readonly<Record<string, string>>;
    readonly fields: readonly FormField[];
    readonly submit: string;
  };
}

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 24rem; margin: 12vh auto; padding: 0 1rem; }
label { display: block; margin: 1rem 0 .25rem; }
input { box-sizing: border-box; width: 100%; padding: .5rem; font: inherit; }
button { margin-top: 1.5rem; padding: .5rem 1rem; font: inherit; }
.problem { border-left: .25rem solid #c33; padding-left: .75rem; }
`;

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

/** Forms work without a script, so none is let run; the one style is named by its hash. */
const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy':
    `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; form-action 'self'; ` +
    "base-uri 'none'; frame-ancestors 'none'",
};

/** Answers with a page of ours that works without a script. */
export function answerPage(page: FormPage, status = 200): Response {
  return new Response(renderPage(page), { status, headers: HEADERS });
}

function renderPage({ title, text, problem, form }: FormPage): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(text)}</p>
${problem === undefined ? '' : `<p class="problem" role="alert">${escapeHtml(problem)}</p>`}
${form === undefined ? '' : renderForm(form)}
</main>
</body>
</html>
`;
}

function renderForm({ action, hidden, fields, submit }: NonNullable<FormPage['form']>): string {
  const kept = Object.entries(hidden).map(
    ([name, value]) =>
      `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`,
  );
  return [
    `<form method="post" action="${escapeHtml(action)}">`,
    ...kept,
    ...fields.map(renderField),
    `<button>${escapeHtml(submit)}</button>`,
    '</form>',
  ].join('\n');
}

function renderField(field: FormField): string {
  const { name, label, type, autocomplete, value = '', minLength, isOptional } = field;
  const attributes = [
    `id="${name}" name="${name}" type="${type}" autocomplete="${autocomplete}"`,
    `value="${escapeHtml(value)}"`,
    ...(minLength === undefined ? [] : [`minlength="${minLength}"`]),
    ...(isOptional === true ? [] : ['required']),
  ];
  return `<label for="${name}">${escapeHtml(label)}</label>\n<input ${attributes.join(' ')}>`;
}

/** Text as it may stand in HTML, also inside a quoted attribute. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
