type Cell = string | number | bigint | boolean | Date | null | undefined;

/** Control characters, line ends among them, and the marks that hide or turn text around. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/**
 * Text that somebody else chose, safe to show: what would move the cursor, break the line or turn
 * it around is written as its code.
 */
export function printable(text: string): string {
  return text.replace(
    UNPRINTABLE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Columns under headings, as wide as they need to be; a note instead when there is no row. */
export function table(
  headings: readonly string[],
  rows: readonly (readonly Cell[])[],
  none = 'None.',
): string {
  if (rows.length === 0) return `${none}\n`;
  return align([headings.map((heading) => heading.toUpperCase()), ...rows.map(asTexts)]);
}

/** Names and values below each other. */
export function fields(values: Readonly<Record<string, Cell>>): string {
  return align(Object.entries(values).map(([name, value]) => asTexts([name, value])));
}

function align(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, text] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, text.length);
    }
  }
  const line = (row: readonly string[]) =>
    row.map((text, column) => text.padEnd(widths[column] ?? 0)).join('  ');
  return rows.map((row) => `${line(row).trimEnd()}\n`).join('');
}

function asTexts(row: readonly Cell[]): string[] {
  return row.map((cell) => {
    if (cell === null || cell === undefined || cell === '') return '-';
    if (cell instanceof Date) return cell.toISOString();
    if (typeof cell === 'boolean') return cell ? 'yes' : 'no';
    return printable(String(cell));
  });
}
