import type { Caller } from '../auth/index.ts';
import { assert, Fault, formatAmount } from '../kernel/index.ts';
import type { HoldRequest, HoldResult, Ledger } from '../ledger/index.ts';
import { claimsFor, rateLimitHeaders, untilNextMinuteMs } from '../limits/index.ts';
import { affordableOutputTokens, estimateInputTokens, upperBound } from '../pricing/index.ts';
import type { ChatRequest } from './chat-request.ts';
import { insufficientCredits, type Offer } from './offer.ts';
import { weighPrompt } from './prompt-weight.ts';

/** What a call may use at most, and so what is held for it. */
export interface Estimate {
  readonly inputTokens: bigint;
  /** For each choice, when the whole maximum is granted. */
  readonly outputTokens: bigint;
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
}

/** An answer of fewer tokens than this is not worth starting. */
const OUTPUT_TOKENS_FLOOR = 256n;

/**
 * The least and the most that a call may come to. A caller's own bound is taken as it is; without
 * one the most is the lesser of the model's maximum and the platform's default.
 */
export function estimateCall(caller: Caller, offer: Offer, chat: ChatRequest): Estimate {
  const { product, book } = offer;
  const { textBytes, mediaTokens } = weighPrompt(chat.parsed, chat.bodyBytes);
  const inputTokens =
    estimateInputTokens(textBytes, product.estimateFactorThousandths) + BigInt(mediaTokens);
  const choices = BigInt(chat.choices);
  const modelMost = BigInt(product.maxOutputTokens ?? Number.MAX_SAFE_INTEGER);
  const isBoundByUs = chat.maxOutputTokens === undefined;
  const wanted = BigInt(chat.maxOutputTokens ?? caller.platform.defaultOutputTokens);
  const outputTokens = wanted < modelMost ? wanted : modelMost;
  const least =
    isBoundByUs && OUTPUT_TOKENS_FLOOR < outputTokens ? OUTPUT_TOKENS_FLOOR : outputTokens;
  return {
    inputTokens,
    outputTokens,
    choices,
    minimum: upperBound(book, { inputTokens, outputTokens: least, choices }),
    maximum: upperBound(book, { inputTokens, outputTokens, choices }),
    isBoundByUs,
  };
}

/**
 * Sets the call's value aside, against limits, budgets and wallet at once. Returns undefined when
 * the price has changed since the offer was made. Throws the refusal's Fault otherwise.
 */
export async function admitCall(
  ledger: Ledger,
  callId: string,
  caller: Caller,
  offer: Offer,
  estimate: Estimate,
): Promise<Admission | undefined> {
  const { inputTokens, outputTokens, choices, minimum, maximum } = estimate;
  const tokens = inputTokens + outputTokens * choices;
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
        claims: claimsFor(caller),
      },
    ],
  };
  const result = await ledger.hold(request);
  if (result.outcome === 'stale_price') return undefined;
  if (result.outcome !== 'held') throw refusal(result, offer, minimum);
  const held = result.granted[0] ?? 0n;
  assert(held >= minimum && held <= maximum, 'a hold lies between its bounds');
  return { request, result, held, outputTokensLimit: outputLimit(offer, estimate, held) };
}

function outputLimit(offer: Offer, estimate: Estimate, held: bigint): number | undefined {
  if (!estimate.isBoundByUs) return undefined;
  if (held === estimate.maximum) return Number(estimate.outputTokens);
  const affordable = affordableOutputTokens(offer.book, held, estimate);
  assert(affordable !== undefined, 'the least that is granted pays for the input');
  return Number(affordable < estimate.outputTokens ? affordable : estimate.outputTokens);
}

function refusal(result: HoldResult, offer: Offer, minimum: bigint): Fault {
  const money = (amount: bigint) => `${formatAmount(amount, offer.scale)} ${offer.book.unit}`;
  switch (result.outcome) {
    case 'insufficient':
      return insufficientCredits(
        `This call may cost ${money(minimum)}, and ${money(result.available)} is available. ` +
          'Top up, or ask for less (a shorter prompt, a lower max_tokens).',
      );
    case 'limited':
      return rateLimited(result);
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

function rateLimited(result: HoldResult): Fault {
  const claim = result.refusedClaim;
  if (claim?.counter.includes('.minute.') !== true) {
    return new Fault({
      code: 'quota_exceeded',
      status: 429,
      message: `The limit '${claim?.counter}' of ${claim?.cap} is reached.`,
    });
  }
  const resetMs = untilNextMinuteMs(result.at);
  return new Fault({
    code: 'rate_limit_exceeded',
    status: 429,
    message: `The limit of ${claim.cap} requests a minute is reached. Wait and try again.`,
    retryAfterSeconds: retryAfterSeconds(result, claim.cap),
    headers: rateLimitHeaders({ limit: claim.cap, remaining: 0n, resetMs }),
  });
}

// The minute before still counts in proportion, so room for one more comes a little after its end.
function retryAfterSeconds(result: HoldResult, cap: bigint): number {
  return Math.ceil((untilNextMinuteMs(result.at) + 60_000 / Number(cap)) / 1_000);
}
