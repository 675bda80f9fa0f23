import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

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
