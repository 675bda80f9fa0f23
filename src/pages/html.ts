/** Text that is HTML already. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Value = Html | string | number | undefined | readonly Value[];

/** Writes HTML; whatever is put into it is escaped, unless it is HTML itself. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Html {
  return new Html(
    parts.reduce((text, part, index) => text + written(values[index - 1]) + part, ''),
  );
}

function written(value: Value): string {
  if (value === undefined) return '';
  if (value instanceof Html) return value.text;
  if (typeof value === 'object') return value.map(written).join('');
  return escaped(String(value));
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escaped = (text: string) => text.replaceAll(/[&<>"']/g, (one) => ESCAPES[one] ?? one);

/** A sentence of Markdown, of which we use but `code` and links, as HTML. */
export function inline(markdown: string): Html {
  const parts = markdown.split('`');
  const shown = parts.map((part, index) =>
    index % 2 === 1 ? html`<code>${part}</code>` : linked(part),
  );
  return html`${shown}`;
}

function linked(text: string): Html {
  // Links in the list of errors point at other files of the documentation: their words are enough.
  return html`${text.replaceAll(/\[([^\]]+)\]\([^)]*\)/g, '$1')}`;
}
