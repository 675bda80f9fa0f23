import type { Caller } from '../auth/index.ts';
import { assert, Fault, formatAmount } from '../kernel/index.ts';
import type { HoldLeg, HoldRequest, HoldResult, Ledger } from '../ledger/index.ts';
import {
  claimsFor,
  type LimitedCall,
  type Limiter,
  rulesInUnit,
  rulesOf,
  tokensAtMost,
} from '../limits/index.ts';
import { affordableOutputTokens, estimateInputTokens, upperBound } from '../pricing/index.ts';
import type { ChatRequest } from './chat-request.ts';
import { insufficientCredits, notForSale, type Offer, type Wholesale } from './offer.ts';
import { weighPrompt } from './prompt-weight.ts';

/** What a call may use at most, and so what is held for it. */
export interface Estimate {
  readonly inputTokens: bigint;
  /** For each choice, when the whole maximum is granted. */
  readonly outputTokens: bigint;
  /** The same, when no more than the minimum is. */
  readonly leastOutputTokens: bigint;
  readonly choices: bigint;
  readonly minimum: bigint;
  readonly maximum: bigint;
  /** The caller did not bound its output: the gateway does, by what was granted. */
  readonly isBoundByUs: boolean;
}

/** A call that is held: how much, and how long its answers may be at most. */
export interface Admission {
  readonly request: HoldRequest;
  readonly result: HoldResult;
  readonly held: bigint;
  /** To be sent to the upstream; undefined when the caller set its own. */
  readonly outputTokensLimit: number | undefined;
  /** What the caller's limits leave after this call. */
  readonly limitHeaders: Readonly<Record<string, string>>;
}

/**
 * The least and the most that a call may come to. A caller's own bound is taken as it is; without
 * one the most is the least of the model's maximum, the platform's default, and what the tightest
 * limit of tokens lets a single call have.
 */
export function estimateCall(caller: Caller, offer: Offer, chat: ChatRequest): Estimate {
  const { product, book } = offer;
  const { textBytes, mediaTokens } = weighPrompt(chat.parsed, chat.bodyBytes);
  const inputTokens = estimateInputTokens(textBytes, estimateFactor(offer)) + BigInt(mediaTokens);
  const choices = BigInt(chat.choices);
  const modelMost = BigInt(product.maxOutputTokens ?? Number.MAX_SAFE_INTEGER);
  const isBoundByUs = chat.maxOutputTokens === undefined;
  const wanted = BigInt(chat.maxOutputTokens ?? caller.platform.defaultOutputTokens);
  const longest = lesser(wanted, modelMost);
  const least = isBoundByUs ? lesser(BigInt(caller.platform.minOutputTokens), longest) : longest;
  const atMost = isBoundByUs ? tokensAtMost(caller.rules) : undefined;
  const room = atMost === undefined ? longest : (atMost - inputTokens) / choices;
  const outputTokens = room > least ? lesser(room, longest) : least;
  const minimum = upperBound(book, { inputTokens, outputTokens: least, choices });
  return {
    inputTokens,
    outputTokens,
    leastOutputTokens: least,
    choices,
    minimum,
    maximum:
      outputTokens === least ? minimum : upperBound(book, { inputTokens, outputTokens, choices }),
    isBoundByUs,
  };
}

/**
 * Sets the call's value aside, against limits, budgets and wallet at once. Returns undefined when
 * the price has changed since the offer was made. Throws the refusal's Fault otherwise.
 */
export async function admitCall(
  { ledger, limiter }: { readonly ledger: Ledger; readonly limiter: Limiter },
  callId: string,
  caller: Caller,
  offer: Offer,
  estimate: Estimate,
): Promise<Admission | undefined> {
  const { minimum, maximum } = estimate;
  const limited = limitedCall(caller, offer, estimate);
  const { rules, tokens } = limited;
  const request: HoldRequest = {
    callId,
    legs: [
      {
        platformId: caller.platformId,
        accountId: caller.accountId,
        walletId: offer.walletId,
        keyId: caller.keyId,
        productId: offer.product.id,
        priceId: offer.book.priceId,
        minimum,
        maximum,
        tokens,
        claims: claimsFor(rules, tokens),
      },
      ...offer.wholesale.map((purchase) => wholesaleLeg(purchase, estimate, tokens)),
    ],
  };
  const result = await ledger.hold(request);
  if (result.outcome === 'stale_price') return undefined;
  if (result.refusedLeg !== undefined) {
    throw notForSale(`leg ${result.refusedLeg} of ${callId}: ${result.outcome}`);
  }
  if (result.outcome === 'limited') throw await limiter.refusal(limited, result);
  const limitHeaders = limiter.headers(limited, result);
  if (result.outcome !== 'held') throw refusal(result, offer, minimum, limitHeaders);
  const held = result.granted[0] ?? 0n;
  assert(held >= minimum && held <= maximum, 'a hold lies between its bounds');
  const outputTokensLimit = outputLimit(offer, estimate, result.granted, request.legs);
  return { request, result, held, outputTokensLimit, limitHeaders };
}

/** The call as its caller's limits see it. */
function limitedCall(
  caller: Caller,
  { book, walletId, scale }: Offer,
  call: Estimate,
): LimitedCall {
  const { defaultUnit, timeZone } = caller.platform;
  return {
    rules: rulesInUnit(caller.rules, book.unit, defaultUnit),
    tokens: call.inputTokens + call.outputTokens * call.choices,
    keyId: caller.keyId,
    walletId,
    timeZone,
    minimum: call.minimum,
    unit: { code: book.unit, scale },
  };
}

/** The same work as its reseller buys it: bounded by the reseller's own limits at the seller's. */
function wholesaleLeg(
  { product, book, walletId, resale }: Wholesale,
  { inputTokens, outputTokens, leastOutputTokens, choices }: Estimate,
  tokens: bigint,
): HoldLeg {
  const rules = rulesInUnit(rulesOf({ key: {}, ...resale.limits }), book.unit, resale.budgetUnit);
  return {
    platformId: resale.sellerPlatformId,
    accountId: resale.accountId,
    walletId,
    keyId: undefined,
    productId: product.id,
    priceId: book.priceId,
    minimum: upperBound(book, { inputTokens, outputTokens: leastOutputTokens, choices }),
    maximum: upperBound(book, { inputTokens, outputTokens, choices }),
    tokens,
    claims: claimsFor(rules, tokens),
  };
}

/** Of products that stand for one another, the most careful. */
function estimateFactor({ product, wholesale }: Offer): number {
  let factor = product.estimateFactorThousandths;
  for (const { product: source } of wholesale) {
    factor = Math.max(factor, source.estimateFactorThousandths);
  }
  return factor;
}

/** How many tokens what was granted pays for, on each of the legs. */
function outputLimit(
  { book, wholesale }: Offer,
  estimate: Estimate,
  granted: readonly bigint[],
  legs: readonly HoldLeg[],
): number | undefined {
  if (!estimate.isBoundByUs) return undefined;
  let least = estimate.outputTokens;
  for (const [place, leg] of legs.entries()) {
    const held = granted[place] ?? 0n;
    if (held === leg.maximum) continue;
    const affordable = affordableOutputTokens(wholesale[place - 1]?.book ?? book, held, estimate);
    assert(affordable !== undefined, 'the least that is granted pays for the input');
    least = lesser(affordable, least);
  }
  return Number(least);
}

function refusal(
  result: HoldResult,
  offer: Offer,
  minimum: bigint,
  headers: Readonly<Record<string, string>>,
): Fault {
  const money = (amount: bigint) => `${formatAmount(amount, offer.scale)} ${offer.book.unit}`;
  switch (result.outcome) {
    case 'insufficient':
      return insufficientCredits(
        `This call may cost ${money(minimum)}, and ${money(result.available)} is available. ` +
          'Top up, or ask for less (a shorter prompt, a lower max_tokens).',
        headers,
      );
    case 'key_inactive':
      return new Fault({
        code: 'INVALID_TOKEN',
        status: 401,
        message: 'This API key has been revoked or has expired.',
      });
    case 'account_suspended':
    case 'platform_suspended':
      return new Fault({
        code: 'account_suspended',
        status: 403,
        message: 'This account is suspended. Ask the seller of this API why.',
      });
    default:
      return new Fault({
        code: 'internal_error',
        status: 500,
        message: 'Something went wrong on our side. Nothing was charged.',
        internal: `hold refused: ${result.outcome}`,
      });
  }
}

const lesser = (one: bigint, other: bigint) => (one < other ? one : other);
