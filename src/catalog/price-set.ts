import { Fault } from '../kernel/index.ts';

/** Prices by currency (ISO 4217), in each currency's smallest part: cents, paise, yen. */
export type Prices = Readonly<Record<string, bigint>>;

const PRICE_MAX = 10n ** 15n - 1n;

/** Reads the column of a `price_set`. */
export function readPrices(column: unknown): Prices {
  const entries = Object.entries(column as Record<string, string>);
  return Object.fromEntries(entries.map(([currency, text]) => [currency, BigInt(text)]));
}

/** Writes prices as JSON for the column. Fault: `invalid_price` (422). */
export function writePrices(prices: Prices): string {
  for (const [currency, amount] of Object.entries(prices)) {
    if (/^[A-Z]{3}$/.test(currency) && amount > 0n && amount <= PRICE_MAX) continue;
    const message =
      'A price is a currency such as USD and a whole number of its smallest part above zero.';
    throw new Fault({ code: 'invalid_price', status: 422, param: 'prices', message });
  }
  return JSON.stringify(
    Object.fromEntries(Object.entries(prices).map(([name, amount]) => [name, String(amount)])),
  );
}
