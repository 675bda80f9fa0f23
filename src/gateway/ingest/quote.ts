import type { Catalog } from '../../catalog/index.ts';
import type { Db } from '../../db/index.ts';
import { Fault, type Ids } from '../../kernel/index.ts';
import {
  countedTokens,
  findOrOpenWallet,
  type HoldLeg,
  type SettlementLeg,
} from '../../ledger/index.ts';
import { claimsFor, type LimitedCall, rulesInUnit } from '../../limits/index.ts';
import { priceAmount, withRequest } from '../../pricing/index.ts';
import { pricedLeg } from '../open-call.ts';
import type { Payer, PayingPlatform } from './payers.ts';
import type { UsageEvent } from './usage-event.ts';

/** Beyond it is a mistake of the price or of the report. */
const AMOUNT_MOST = 10n ** 18n;
const CATALOG_AGE_MS = 1_000;

/** What an event comes to, and what is asked of the ledger for it. */
export interface Quote {
  readonly price: bigint;
  readonly unit: string;
  readonly scale: number;
  readonly holdLeg: HoldLeg;
  readonly settlementLeg: SettlementLeg;
  readonly limited: LimitedCall;
}

export interface QuoteParts {
  readonly db: Db;
  readonly ids: Ids;
  readonly catalog: Pick<Catalog, 'findProduct' | 'refreshIfOlderThan' | 'refresh'>;
}

/**
 * Rates an event by its product's price of now. Faults: `product_not_found` (404), `no_price` and
 * `invalid_usage` (422).
 */
export async function quoteEvent(
  { db, ids, catalog }: QuoteParts,
  {
    platformId,
    platform,
    payer,
    event,
    takesWhatIsThere,
  }: {
    readonly platformId: bigint;
    readonly platform: PayingPlatform;
    readonly payer: Payer;
    readonly event: UsageEvent;
    /** Too little in the wallet is no reason to refuse: the work is done. */
    readonly takesWhatIsThere: boolean;
  },
): Promise<Quote> {
  let product = catalog.findProduct(platformId, event.product);
  if (product?.price === undefined) {
    await catalog.refreshIfOlderThan(CATALOG_AGE_MS, platformId);
    product = catalog.findProduct(platformId, event.product);
  }
  if (product === undefined || !product.active) throw productNotFound(event.product);
  const { price: book } = product;
  if (book === undefined) throw noPrice(`'${event.product}' has no price yet.`);
  // A report may count its requests itself; else it is one.
  const usage = event.usage.request === undefined ? withRequest(book, event.usage) : event.usage;
  const price = priced(() => priceAmount(book, usage));
  const { unit, priceId } = book;
  const { accountId } = payer;
  const walletId =
    payer.wallets.get(unit) ??
    (await findOrOpenWallet(db, { walletId: ids.rowId(), platformId, accountId, unit }));
  const keyId = undefined;
  const settlementLeg = pricedLeg({ walletId, keyId }, book, usage);
  const tokens = countedTokens(settlementLeg);
  const rules = rulesInUnit(payer.rules, unit, platform.defaultUnit);
  const scale = platform.scales.get(unit) ?? 0;
  const minimum = takesWhatIsThere ? 0n : price;
  return {
    ...{ price, unit, scale, settlementLeg },
    holdLeg: {
      ...{ platformId, accountId, walletId, keyId, priceId, minimum, tokens },
      productId: product.id,
      maximum: price,
      claims: claimsFor(rules, tokens),
    },
    limited: {
      ...{ rules, tokens, walletId, minimum, unit: { code: unit, scale } },
      keyId: 0n,
      timeZone: platform.timeZone,
    },
  };
}

function priced(work: () => bigint): bigint {
  let amount: bigint;
  try {
    amount = work();
  } catch (error) {
    if (error instanceof Fault) throw noPrice(error.message);
    throw error;
  }
  if (amount <= AMOUNT_MOST) return amount;
  const message = 'By its price this comes to more than a wallet can hold. Check the quantities.';
  throw new Fault({ code: 'invalid_usage', status: 422, param: 'data.usage', message });
}

function productNotFound(slug: string): Fault {
  return new Fault({
    code: 'product_not_found',
    status: 404,
    param: 'data.product',
    message: `There is no product '${slug.slice(0, 100)}' here that is on sale.`,
  });
}

function noPrice(message: string): Fault {
  return new Fault({ code: 'no_price', status: 422, param: 'data.usage', message });
}
