import pg from 'pg';

type Parser = (text: string) => unknown;

const TEXT_ARRAY = 1009;
const builtIn = (oid: number) => pg.types.getTypeParser(oid, 'text') as Parser;

function mapDeep(value: unknown, convert: (text: string) => unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => mapDeep(item, convert));
  return value === null ? null : convert(String(value));
}

const readTextArray: Parser = (text) => builtIn(TEXT_ARRAY)(text);

/** The types that the driver would read with a loss, by their OID in pg_type. */
const PARSERS: ReadonlyMap<number, Parser> = new Map<number, Parser>([
  [20, (text) => BigInt(text)], // int8
  [1016, (text) => mapDeep(readTextArray(text), BigInt)], // int8[]
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
