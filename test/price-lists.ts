import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { parseMargin, priceComponents } from '../src/catalog/import/price-components.ts';
import type { Listing } from '../src/catalog/import/read-listing.ts';

export type PriceList = 'model-prices' | 'models-dev';

const whole = (name: PriceList) =>
  new URL(`../../shared/data/${name}-2026-07.json`, import.meta.url);

/** Whether the whole public price lists lie beside the checkout. */
const wholePriceListsPresent = existsSync(whole('models-dev'));

/** A cut of a public price list that has every field and every oddity of the whole one. */
export function readPriceListCut(name: PriceList): Promise<string> {
  return readFile(new URL(`fixtures/${name}-cut.json`, import.meta.url), 'utf8');
}

/** The whole list where it lies beside the checkout, else the cut. */
export function readPriceList(name: PriceList): Promise<string> {
  return wholePriceListsPresent ? readFile(whole(name), 'utf8') : readPriceListCut(name);
}

/** Prices of one model as 'component@from': 'amount/per' in nano-dollars. */
export function pricesOf(listing: Listing, model: string, margin = '1'): Record<string, string> {
  const found = listing.models.find((one) => one.model === model);
  if (found === undefined) throw new Error(`${model} was refused`);
  return Object.fromEntries(
    priceComponents(found, parseMargin(margin), { code: 'USD', scale: 9 }).map((one) => [
      `${one.component}@${one.fromContextTokens}`,
      `${one.amount}/${one.per}`,
    ]),
  );
}
