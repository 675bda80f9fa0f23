import type { PriceBook } from '../pricing/index.ts';

/** A version of a price, and when it goes: from an instant on, up to another (epoch, ms). */
export interface PriceVersion {
  readonly book: PriceBook;
  readonly fromMs: number;
  /** Infinity for the last one. */
  readonly untilMs: number;
}

/** The version that goes at an instant: the first among them, the preferred one at the front. */
export function priceAt(versions: readonly PriceVersion[], atMs: number): PriceBook | undefined {
  return versions.find(({ fromMs, untilMs }) => fromMs <= atMs && atMs < untilMs)?.book;
}

/** The next instant after `atMs` at which one of these versions begins or ends; else Infinity. */
export function nextChange(versions: readonly PriceVersion[], atMs: number): number {
  let next = Infinity;
  for (const { fromMs, untilMs } of versions) {
    if (fromMs > atMs && fromMs < next) next = fromMs;
    if (untilMs > atMs && untilMs < next) next = untilMs;
  }
  return next;
}
