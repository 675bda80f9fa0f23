import { type Html, html } from './html.ts';

/** What a page of documentation may do: show itself and its one style sheet. No script at all. */
export const PAGE_POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'none'; base-uri 'none'; " +
  "frame-ancestors 'none'";

export const STYLE_PATH = '/docs/style.css';

/** A whole page around its content. */
export function page(title: string, content: Html): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="stylesheet" href="${STYLE_PATH}">
</head>
<body>
<nav aria-label="Documentation">
<a href="/reference">API reference</a>
<a href="/docs/errors">Errors</a>
<a href="/openapi.json">OpenAPI</a>
</nav>
<main>
${content}
</main>
</body>
</html>
`.text;
}

/** Follows the reader's choice of light and dark. */
export const STYLE = `:root { color-scheme: light dark; --line: #8884; --soft: #8881; }
body { margin: 0 auto; max-width: 60rem; padding: 1rem; line-height: 1.5;
  font-family: system-ui, sans-serif; }
nav a { margin-right: 1rem; }
code, pre { font-family: ui-monospace, monospace; font-size: .9em; }
pre { overflow-x: auto; padding: 1rem; border: 1px solid var(--line); border-radius: .5rem;
  background: var(--soft); }
.table { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .4rem .8rem .4rem 0;
  border-bottom: 1px solid var(--line); }
details { border-bottom: 1px solid var(--line); padding: .4rem 0; }
summary { cursor: pointer; }
.method { display: inline-block; min-width: 4rem; font-weight: 600; }
a:focus-visible, summary:focus-visible { outline: 2px solid; outline-offset: 2px; }
`;
