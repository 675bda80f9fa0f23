import { InvalidArgumentError } from 'commander';
import { Fault, formatAmount, parseAmount, type Unit } from '../kernel/index.ts';

/** Reads a whole number between two bounds, as a flag's value. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^-?\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(`Give a whole number from ${least} to ${most}.`);
  };
}

const DATE = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d))?$/;

/** Reads a day (its beginning in UTC) or an instant with its zone, as a flag's value. */
export function isoTime(text: string): Date {
  const time = new Date(DATE.test(text) ? text : Number.NaN);
  // A day that its month does not have would be taken for one of the next month.
  const day = new Date(`${text.slice(0, 10)}T00:00:00Z`);
  if (!Number.isNaN(time.getTime()) && day.toISOString().startsWith(text.slice(0, 10))) {
    return time;
  }
  throw new InvalidArgumentError('Give a time such as 2027-01-31 or 2027-01-31T12:00:00Z.');
}

/** Reads CODE:SCALE and adds it to those that were given before. */
export function addUnit(text: string, earlier: readonly Unit[] = []): Unit[] {
  const [, code, scale] = /^([^:]+):(\d{1,2})$/.exec(text) ?? [];
  if (code !== undefined) return [...earlier, { code, scale: Number(scale) }];
  throw new InvalidArgumentError('Give a code and its decimals, such as USD:9 or credit:3.');
}

/** Reads BLOCK:CODE, as `verify` tells the newest block of the seal. */
export function blockAndCode(text: string): { no: bigint; mac: string } {
  const [, no, mac] = /^([1-9]\d{0,17}):([0-9a-f]{8,64})$/.exec(text) ?? [];
  if (no !== undefined && mac !== undefined) return { no: BigInt(no), mac };
  throw new InvalidArgumentError('Give a block and its code, such as 812:4f2a91c0d7e85b13.');
}

/** Adds a flag's value to those that were given before. */
export function addText(text: string, earlier: readonly string[] = []): string[] {
  return [...earlier, text];
}

/**
 * Reads an amount of a unit, exactly. Fault `invalid_amount` (422) for what is no decimal, has more
 * decimals than the unit or does not fit the database.
 */
export function readAmount(text: string, unit: Unit, param: string): bigint {
  const amount = parseAmount(text, unit.scale);
  if (amount !== undefined && amount >= 0n) return amount;
  throw new Fault({
    code: 'invalid_amount',
    status: 422,
    param,
    message:
      `'${text}' is not an amount of ${unit.code}. Give a decimal such as 12.5, with at most ` +
      `${unit.scale} decimals and up to ${formatAmount(2n ** 63n - 1n, unit.scale)}.`,
  });
}
