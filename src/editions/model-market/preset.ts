import type { PriceComponent } from '../../pricing/index.ts';

/** A model as the preset sells it. Prices are USD for a million tokens, as exact decimals. */
export interface PresetModel {
  readonly slug: string;
  readonly name: string;
  readonly contextTokens: number;
  readonly maxOutputTokens: number;
  readonly usdPerMillion: {
    readonly input: string;
    readonly cached_input?: string;
    readonly output: string;
  };
}

/** The platform that a new instance starts with. */
export const MODEL_MARKET = {
  slug: 'model-market',
  name: 'Model market',
  keyPrefix: 'ptr_',
  units: [{ code: 'USD', scale: 9 }],
  customer: { mail: 'demo@model-market.example', name: 'Demo customer' },
  /** Nano-dollars given to the example customer: 5 USD. */
  startingBalance: 5_000_000_000n,
  /** Calls a minute that the first key may make. */
  keyLimits: { requests_per_minute: 6_000n },
} as const;

/** Every model of the preset is answered by the demo provider until a real one is routed. */
export const MODELS: readonly PresetModel[] = [
  model('demo-small', 'Demo small', '0.10', '0.40', '0.025'),
  model('demo-medium', 'Demo medium', '0.60', '2.40', '0.15'),
  model('demo-large', 'Demo large', '3.00', '15.00', '0.30'),
  model('demo-reasoning', 'Demo reasoning', '1.10', '4.40', '0.275'),
  model('deepseek', 'DeepSeek (demo answers)', '0.269', '0.40'),
  model('gpt-4o-mini', 'GPT-4o mini (demo answers)', '0.15', '0.60', '0.075'),
  model('gpt-4o', 'GPT-4o (demo answers)', '2.50', '10.00', '1.25'),
];

function model(
  slug: string,
  name: string,
  input: string,
  output: string,
  cached?: string,
): PresetModel {
  const usdPerMillion = {
    input,
    output,
    ...(cached === undefined ? {} : { cached_input: cached }),
  };
  return { slug, name, contextTokens: 128_000, maxOutputTokens: 16_384, usdPerMillion };
}

/** The preset's price of a component: nano-dollars for each million tokens. */
export function componentOf(
  component: PriceComponent['component'],
  amount: bigint,
): PriceComponent {
  return { component, fromContextTokens: 0n, amount, per: 1_000_000n };
}
