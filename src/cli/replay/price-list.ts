/** What one class of tokens, or one request, costs: exact decimals of US dollars. */
export interface ListedPrice {
  readonly component: 'input' | 'cached_input' | 'output' | 'reasoning' | 'request';
  /** Applies to calls with at least this many input tokens. */
  readonly from: number;
  readonly usd: string;
  /** For each so many. */
  readonly per: number;
}

export interface ReplayModel {
  readonly slug: string;
  readonly prices: readonly ListedPrice[];
}

const listed = (
  component: ListedPrice['component'],
  usd: string,
  per: number,
  from = 0,
): ListedPrice => ({ component, usd, per, from });

/**
 * The models of a replay. Every list leaves fractions of a nano-dollar with almost every call, so
 * that a bill rounded in another place, or twice, is another bill.
 */
export const REPLAY_MODELS: readonly [ReplayModel, ...ReplayModel[]] = [
  {
    // 0.0375 nano-dollars a token: many calls come to a handful of nano-dollars, rounded up.
    slug: 'replay/tiny-fraction',
    prices: [listed('input', '0.0000000000375', 1), listed('output', '0.0000000001125', 1)],
  },
  {
    slug: 'replay/per-thousand',
    prices: [listed('input', '0.000170003', 1_000), listed('output', '0.000510007', 1_000)],
  },
  {
    slug: 'replay/cached-input',
    prices: [
      listed('input', '0.1375001', 1_000_000),
      listed('cached_input', '0.0687503', 1_000_000),
      listed('output', '0.6000007', 1_000_000),
    ],
  },
  {
    slug: 'replay/request-fee',
    prices: [
      listed('input', '2.5', 1_000_000),
      listed('output', '10.000000009', 1_000_000),
      listed('request', '0.001', 7),
    ],
  },
  {
    slug: 'replay/context-tiers',
    prices: [
      listed('input', '1.250000001', 1_000_000),
      listed('input', '2.500000003', 1_000_000, 1_000),
      listed('input', '3.999999999', 1_000_000, 4_000),
      listed('cached_input', '0.125', 1_000_000),
      listed('cached_input', '0.3125', 999_983, 1_000),
      listed('output', '5.000000001', 1_000_000),
      listed('output', '7.500000007', 1_000_000, 1_000),
    ],
  },
  {
    slug: 'replay/reasoning',
    prices: [
      listed('input', '3.000000001', 1_000_000),
      listed('cached_input', '0.300000007', 1_000_000),
      listed('output', '0.0000451', 3),
      listed('reasoning', '0.000150001', 11),
    ],
  },
];
