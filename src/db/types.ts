import pg from 'pg';

type Parser = (text: string) => unknown;

const TEXT_ARRAY = 1009;
const builtIn = (oid: number) => pg.types.getTypeParser(oid, 'text') as Parser;

const readTextArray: Parser = (text) => builtIn(TEXT_ARRAY)(text);

/** Arrays of integers come by the hundred with every batch: their text is taken apart directly. */
function readIntegers<T>(text: string, convert: (digits: string) => T): unknown[] {
  // Of more dimensions, or with bounds of its own: "[0:1]={1,2}".
  if (text.startsWith('{{{') || text.startsWith('[')) {
    return (readTextArray(text) as unknown[]).map((item) => mapDeep(item, convert));
  }
  if (text.startsWith('{{')) {
    const rows = text.slice(2, -2).split('},{');
    return rows.map((row) => readRow(row, convert));
  }
  return text === '{}' ? [] : readRow(text.slice(1, -1), convert);
}

function readRow<T>(text: string, convert: (digits: string) => T): (T | null)[] {
  return text.split(',').map((digits) => (digits === 'NULL' ? null : convert(digits)));
}

function mapDeep<T>(value: unknown, convert: (digits: string) => T): unknown {
  if (Array.isArray(value)) return value.map((item) => mapDeep(item, convert));
  return value === null ? null : convert(String(value));
}

/** The types that the driver would read with a loss, by their OID in pg_type. */
const PARSERS: ReadonlyMap<number, Parser> = new Map<number, Parser>([
  [20, (text) => BigInt(text)], // int8
  [1007, (text) => readIntegers(text, Number)], // int4[]
  [1016, (text) => readIntegers(text, BigInt)], // int8[]
  [1231, readTextArray], // numeric[]: exact decimals stay strings, as numeric itself does
  [1082, (text) => text], // date: a day has no time zone, so it is not a Date
  [1182, readTextArray], // date[]
]);

/**
 * How the text of a column becomes a value: int8 is `bigint`, numeric and date are strings,
 * timestamptz is a `Date` (milliseconds; PostgreSQL's microseconds are cut), bytea is a `Buffer`.
 * For our own clients only: the driver's global table stays as it is.
 */
export const typeParsers: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: string) =>
    (format === 'binary' ? undefined : PARSERS.get(oid)) ?? pg.types.getTypeParser(oid, 'text'),
};
