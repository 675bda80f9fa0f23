import { formatAmount } from '../../kernel/index.ts';

/** One figure that is not what the trace says it must be. */
export interface Difference {
  /** The line of the trace; undefined for what belongs to no single call. */
  readonly line: number | undefined;
  readonly requestId: string | undefined;
  /** Where it was found: 'trailer x-farebox-cost', 'balance of the wallet of account-3'. */
  readonly subject: string;
  readonly expected: string;
  readonly found: string;
}

/** The call that figures are looked at for. */
export interface Concerned {
  readonly line?: number | undefined;
  readonly requestId?: string | undefined;
}

const KEPT = 1_000;
const DECIMALS = 9;

/** Collects differences in the order in which they are found; keeps the first thousand. */
export class Differences {
  readonly first: Difference[] = [];
  count = 0;

  add(concerned: Concerned, subject: string, expected: string, found: string): void {
    this.count += 1;
    if (this.first.length >= KEPT) return;
    const { line, requestId } = concerned;
    this.first.push({ line, requestId, subject, expected, found });
  }

  /** Nano-dollars; undefined is found where there is nothing. */
  amount(concerned: Concerned, subject: string, expected: bigint, found: bigint | undefined): void {
    if (expected === found) return;
    this.add(concerned, subject, dollars(expected), found === undefined ? 'none' : dollars(found));
  }

  value(
    concerned: Concerned,
    subject: string,
    expected: string | number | bigint | boolean,
    found: string | number | bigint | boolean | null | undefined,
  ): void {
    if (expected !== found) this.add(concerned, subject, String(expected), String(found ?? 'none'));
  }
}

export const dollars = (nano: bigint) => `${formatAmount(nano, DECIMALS)} USD`;

/** A difference as a sentence, the line and the call first. */
export function describeDifference(difference: Difference): string {
  const { line, requestId, subject, expected, found } = difference;
  const places = [
    ...(line === undefined ? [] : [`line ${line} of the trace`]),
    ...(requestId === undefined ? [] : [`call ${requestId}`]),
    subject,
  ];
  return `${places.join(', ')}: expected ${expected}, found ${found}`;
}
