/**
 * What can be counted and priced, in the order in which a bill lists it. The names are those of the
 * table `price_component`; a quantity is a whole number of tokens, pictures, seconds, minutes,
 * characters or requests.
 */
export const COMPONENTS = [
  'input',
  'cached_input',
  'cache_write',
  'input_audio',
  'input_image',
  'output',
  'reasoning',
  'output_audio',
  'image',
  'second',
  'minute',
  'character',
  'request',
] as const;

export type Component = (typeof COMPONENTS)[number];

/** The classes that the input tokens of a call are divided into. */
export const INPUT_CLASSES = [
  'input',
  'cached_input',
  'cache_write',
  'input_audio',
  'input_image',
] as const satisfies readonly Component[];

/** The classes that the output tokens of a call are divided into. */
export const OUTPUT_CLASSES = [
  'output',
  'reasoning',
  'output_audio',
] as const satisfies readonly Component[];

/**
 * The component whose price stands in where a book has none for a class of tokens: a book that says
 * nothing of cached input sells it as input. Nothing else has a stand-in.
 */
export const FALLBACKS: { readonly [C in Component]?: Component } = {
  cached_input: 'input',
  cache_write: 'input',
  input_audio: 'input',
  input_image: 'input',
  reasoning: 'output',
  output_audio: 'output',
};

/**
 * What a call used, as a partition: every token is in exactly one component, so that no token can
 * be charged twice. An absent component is a quantity of zero.
 */
export type Usage = { readonly [C in Component]?: bigint };

/** `amount` (smallest parts of the book's unit) for each `per` counted, from a context size on. */
export interface PriceComponent {
  readonly component: Component;
  /** Applies to calls with at least this many input tokens; 0 is the base tier. */
  readonly fromContextTokens: bigint;
  /** In a book with tiers: applies to what an account uses beyond this in its month; else 0. */
  readonly fromMonthQuantity?: bigint | undefined;
  readonly amount: bigint;
  readonly per: bigint;
}

/**
 * What tiers by the month's quantity mean. `graduated`: each tier's price goes for the part of the
 * quantity that lies in it. `volume`: all of a call goes for the price of the tier that the month's
 * quantity reaches with it.
 */
export type Tiering = 'graduated' | 'volume';

/** One version of a product's price. Never changes: a new price is a new book with a new id. */
export interface PriceBook {
  readonly priceId: bigint;
  readonly unit: string;
  /** Set where a call's price depends on what the account used before it in its month. */
  readonly tiering?: Tiering | undefined;
  readonly components: readonly PriceComponent[];
}
