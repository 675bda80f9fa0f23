import { type FileRecord, MAX_RECORD_CHARS } from './records.ts';

/** A row of a CSV file, with the line that it begins on. */
interface CsvRow {
  readonly line: number;
  readonly cells: readonly string[];
  readonly isTooLong: boolean;
}

/**
 * Reads CSV (RFC 4180): cells in quotes may hold commas, line ends and doubled quotes. The first
 * row names the columns. A row with more or fewer cells than that is a problem, not a guess.
 */
export async function* readCsv(chunks: AsyncIterable<string>): AsyncGenerator<FileRecord> {
  let names: readonly string[] | undefined;
  for await (const { line, cells, isTooLong } of rowsOf(chunks)) {
    if (names === undefined) {
      names = cells.map((name) => name.trim());
    } else if (isTooLong) {
      yield { line, problem: `It is longer than ${MAX_RECORD_CHARS}.` };
    } else if (cells.length !== names.length) {
      yield { line, problem: `It has ${cells.length} cells; the first row has ${names.length}.` };
    } else {
      const record = Object.fromEntries(names.map((name, index) => [name, cells[index] ?? '']));
      yield { line, record };
    }
  }
}

async function* rowsOf(chunks: AsyncIterable<string>): AsyncGenerator<CsvRow> {
  const reader = new RowReader();
  for await (const chunk of chunks) {
    for (const character of chunk) {
      const row = reader.read(character);
      if (row !== undefined) yield row;
    }
  }
  const last = reader.read('\n');
  if (last !== undefined) yield last;
}

class RowReader {
  #line = 1;
  #began = 1;
  #cells: string[] = [];
  #cell = '';
  #chars = 0;
  /** Inside of quotes, or just behind a quote in them, which may be the first of two. */
  #quotes: 'none' | 'inside' | 'closing' = 'none';

  /** Reads on; gives a row when this character ends one that is not empty. */
  read(character: string): CsvRow | undefined {
    if (character === '\n') this.#line += 1;
    this.#chars += 1;
    if (this.#quotes === 'inside') {
      if (character === '"') this.#quotes = 'closing';
      else this.#add(character);
      return undefined;
    }
    if (character === '"' && this.#quotes === 'closing') {
      this.#quotes = 'inside';
      this.#add(character);
    } else if (character === '"' && this.#cell === '') {
      this.#quotes = 'inside';
    } else if (character === ',') {
      this.#endCell();
    } else if (character === '\n') {
      return this.#endRow();
    } else {
      this.#add(character);
    }
    return undefined;
  }

  #add(character: string): void {
    if (this.#chars <= MAX_RECORD_CHARS) this.#cell += character;
  }

  #endCell(): void {
    this.#cells.push(this.#cell);
    this.#cell = '';
    this.#quotes = 'none';
  }

  #endRow(): CsvRow | undefined {
    this.#cell = this.#cell.replace(/\r$/, '');
    this.#endCell();
    const row = {
      line: this.#began,
      cells: this.#cells,
      isTooLong: this.#chars > MAX_RECORD_CHARS,
    };
    this.#cells = [];
    this.#chars = 0;
    this.#began = this.#line;
    const isEmpty = row.cells.length === 1 && row.cells[0] === '';
    return isEmpty ? undefined : row;
  }
}
