import {
  type ExactJson,
  type ExactObject,
  isExactNumber,
  isExactObject,
} from '../../catalog/index.ts';
import { type Amount, parseAmount, type Unit } from '../../kernel/index.ts';
import { normalizeMail } from '../accounts.ts';

export const IMPORT_FIELDS = [
  ...(['mail', 'external_id', 'name', 'balance', 'plan', 'created_at'] as const),
] as const;
export type ImportField = (typeof IMPORT_FIELDS)[number];

/** Where a field is in the file; a path with dots, or nowhere (an empty text). */
export type ImportMapping = Partial<Readonly<Record<ImportField, string>>>;

/** What is looked for where the mapping says nothing: the first that is there. */
const USUAL: Readonly<Record<ImportField, readonly string[]>> = {
  mail: ['mail', 'email', 'emailAddress', 'email_address'],
  external_id: ['external_id', 'externalId', '_id', 'id', 'user_id', 'userId'],
  name: ['name', 'full_name', 'fullName', 'username'],
  balance: ['balance', 'credits', 'tokens'],
  plan: ['plan', 'tier'],
  created_at: ['created_at', 'createdAt'],
};

/** A row of a file that is an account. */
export interface ImportRow {
  readonly line: number;
  readonly mail: string | null;
  readonly externalId: string | null;
  readonly name: string | null;
  /** In the unit of the import; null where the file says nothing. */
  readonly balance: Amount | null;
  /** The slug of a plan. */
  readonly plan: string | null;
  readonly createdAt: Date | null;
}

/** A row that was left out: what of it is wrong, and why. */
export interface RefusedRow {
  readonly line: number;
  readonly field: ImportField | null;
  readonly code: string;
  readonly reason: string;
}

export interface RowRules {
  readonly mapping: ImportMapping;
  readonly unit: Unit;
  readonly plans: ReadonlySet<string>;
  readonly now: Date;
}

class Wrong extends Error {
  constructor(
    readonly field: ImportField | null,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** Reads a record of a file as an account, or says what is wrong with it. */
export function readRow(
  line: number,
  record: ExactObject,
  rules: RowRules,
): ImportRow | RefusedRow {
  try {
    const text = (field: ImportField) => readText(record, field, rules.mapping);
    const mail = readMail(text('mail'));
    const externalId = readLength('external_id', text('external_id'), 255);
    if (mail === null && externalId === null) {
      throw new Wrong(null, 'nameless', 'It has neither a mail address nor an external id.');
    }
    return {
      ...{ line, mail, externalId },
      name: readLength('name', text('name'), 200),
      balance: readBalance(text('balance'), rules.unit),
      plan: readPlan(text('plan'), rules.plans),
      createdAt: readTime(text('created_at'), rules.now),
    };
  } catch (error) {
    if (!(error instanceof Wrong)) throw error;
    return { line, field: error.field, code: error.code, reason: error.message };
  }
}

function readText(record: ExactObject, field: ImportField, mapping: ImportMapping): string | null {
  const given = mapping[field];
  const names = given === undefined ? USUAL[field] : given === '' ? [] : [given];
  for (const name of names) {
    const value = valueAt(record, name);
    if (value === undefined || value === null) continue;
    const text = plain(value);
    if (text === undefined) {
      throw new Wrong(field, 'not_a_text', `'${name}' is neither a text nor a number.`);
    }
    if (text.trim() !== '') return text.trim();
  }
  return null;
}

function valueAt(record: ExactObject, name: string): ExactJson | undefined {
  if (Object.hasOwn(record, name)) return record[name];
  let value: ExactJson | undefined = record;
  for (const step of name.split('.')) {
    if (!isExactObject(value) || !Object.hasOwn(value, step)) return undefined;
    value = value[step];
  }
  return value;
}

/** Texts, numbers as they are written, and what MongoDB's extended JSON wraps them in. */
function plain(value: ExactJson): string | undefined {
  if (typeof value === 'string') return value;
  if (isExactNumber(value)) return value.decimal;
  if (!isExactObject(value)) return undefined;
  const [[wrapper, wrapped] = [], ...more] = Object.entries(value);
  if (wrapper === undefined || wrapped === undefined || more.length > 0) return undefined;
  return /^\$(oid|date|number(Int|Long|Double|Decimal))$/.test(wrapper)
    ? plain(wrapped)
    : undefined;
}

function readMail(text: string | null): string | null {
  if (text === null) return null;
  const mail = normalizeMail(text);
  if (mail.length <= 254 && mail.length >= 3 && /^[^\s@]+@[^\s@]+$/.test(mail)) return mail;
  throw new Wrong('mail', 'invalid_mail', 'This is not a mail address.');
}

function readLength(
  field: 'external_id' | 'name',
  text: string | null,
  most: number,
): string | null {
  if (text === null || text.length <= most) return text;
  throw new Wrong(field, `invalid_${field}`, `It has more than ${most} characters.`);
}

function readBalance(text: string | null, { code, scale }: Unit): Amount | null {
  if (text === null) return null;
  const amount = parseAmount(text, scale);
  if (amount !== undefined && amount >= 0n) return amount;
  const reason = `It is no amount of ${code} from 0 on, with at most ${scale} decimals.`;
  throw new Wrong('balance', 'invalid_balance', reason);
}

function readPlan(text: string | null, plans: ReadonlySet<string>): string | null {
  if (text === null || plans.has(text)) return text;
  throw new Wrong('plan', 'plan_unknown', 'The platform has no plan with this slug.');
}

const ISO = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d))?$/;

function readTime(text: string | null, now: Date): Date | null {
  if (text === null) return null;
  const time = new Date(
    /^\d{9,14}$/.test(text) ? Number(text) : ISO.test(text) ? text : Number.NaN,
  );
  if (!Number.isNaN(time.getTime()) && time <= now) return time;
  const reason =
    'It is no instant of the past: ISO 8601 with its zone, or milliseconds since 1970.';
  throw new Wrong('created_at', 'invalid_created_at', reason);
}
