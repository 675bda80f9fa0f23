import type { Answer } from '../answer.ts';
import { fields, printable, table } from '../table.ts';

const MOST_COLUMNS = 7;
/** Said of everything in the same words. */
const DULL = new Set(['object']);

/** An answer of the API, for a program as it came and for a person in columns. */
export function showAnswer(body: unknown): Answer {
  if (typeof body === 'string') return { json: { text: body }, text: body };
  const json = body as Readonly<Record<string, unknown>>;
  return { json, text: Array.isArray(json.data) ? listText(json) : fields(cellsOf(json)) };
}

function listText(list: Readonly<Record<string, unknown>>): string {
  const rows = (list.data as readonly Readonly<Record<string, unknown>>[]).map(cellsOf);
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((name) =>
    // What is a document in itself has no place in a column.
    rows.every((row) => !/^[[{]/.test(row[name] ?? '')),
  );
  const columns = names.slice(0, MOST_COLUMNS);
  const more = list.has_more === true ? `There are more: --after ${list.last_id}, or --all.\n` : '';
  return (
    table(
      columns,
      rows.map((row) => columns.map((name) => row[name])),
    ) + more
  );
}

/** What an object holds, each as one text; of an amount the exact one only. */
function cellsOf(one: Readonly<Record<string, unknown>>): Record<string, string> {
  const entries = Object.entries(one).filter(
    ([name]) => !DULL.has(name) && !(`${name}_exact` in one),
  );
  return Object.fromEntries(
    entries.map(([name, value]) => [name.replace(/_exact$/, ''), cellOf(value)]),
  );
}

function cellOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  return printable(typeof value === 'object' ? JSON.stringify(value) : String(value));
}
