import { COMPONENTS, type Component, type Usage } from '../pricing/index.ts';

/** The columns of a call's row that say what was counted. */
export interface CountedColumns {
  readonly input: bigint;
  readonly output: bigint;
  readonly cachedInput: bigint;
  /** Every other quantity, by component: {"reasoning": "12"}. */
  readonly other: Readonly<Record<string, string>> | null;
}

const NAMES: ReadonlySet<string> = new Set(COMPONENTS);

/** What a call's row counted, by component, without what was not counted at all. */
export function usageOf(row: CountedColumns): Usage {
  const other = Object.entries(row.other ?? {}).filter(([name]) => NAMES.has(name));
  const all: readonly (readonly [Component, bigint])[] = [
    ['input', row.input],
    ['cached_input', row.cachedInput],
    ['output', row.output],
    ...other.map(([name, quantity]) => [name as Component, BigInt(quantity)] as const),
  ];
  return Object.fromEntries(all.filter(([, quantity]) => quantity > 0n));
}

/** Names in the row that are no component, and so have no price. None, unless the row is wrong. */
export function unknownComponents(row: CountedColumns): string[] {
  return Object.keys(row.other ?? {}).filter((name) => !NAMES.has(name));
}
