import { parseDecimal } from './decimal.ts';
import {
  type ExactJson,
  type ExactObject,
  formatExact,
  isExactNumber,
  isExactObject,
} from './exact-json.ts';
import {
  asTokenLimit,
  type ListedPrice,
  type NotPriced,
  type Reading,
  Refusal,
} from './listing.ts';
import {
  MODELS_DEV_IGNORED,
  MODELS_DEV_NOT_PRICED,
  MODELS_DEV_PRICES,
} from './models-dev-fields.ts';
import { describeModel, type ModelsDevFile } from './models-dev-metadata.ts';

/** A model's place in a models.dev file, and the slug that it is to be sold under. */
export interface ModelsDevEntry {
  readonly provider: string;
  readonly id: string;
  readonly slug: string;
}

const MILLION_EXPONENT = 6;

/**
 * Reads one model of the models.dev format: `provider -> models -> { cost, limit, modalities }`,
 * prices in US dollars for a million tokens. Where a model leaves out limits or modalities they
 * are its base model's; a price never is, because providers charge differently for one model.
 */
export function readModelsDevModel(
  file: ModelsDevFile,
  { provider, id, slug }: ModelsDevEntry,
): Reading {
  const model = `${provider}/${id}`;
  const fields = file.model(provider, id) ?? {};
  try {
    const report = (field: string, value: ExactJson, reason: string) =>
      notPriced.push({ model, field, value: formatExact(value), reason });
    const notPriced: NotPriced[] = [];
    if (!isExactObject(fields.cost)) throw new Refusal('no price at all');
    const prices = [
      ...readPrices(fields.cost, 0n, 'cost', report),
      ...readTiers(fields.cost.tiers, report),
    ];
    reportOtherFields(fields, report);
    const { limits, ...metadata } = describeModel(file, fields, id);
    return {
      model: {
        model,
        slug,
        upstreamModel: id,
        ...metadata,
        ownedBy: provider,
        contextTokens: limitOf(limits.context),
        maxOutputTokens: limitOf(limits.output),
        prices,
      },
      notPriced,
    };
  } catch (error) {
    if (error instanceof Refusal) return { model, reason: error.message };
    throw error;
  }
}

type Report = (field: string, value: ExactJson, reason: string) => void;

function readPrices(
  cost: ExactObject,
  fromContextTokens: bigint,
  place: string,
  report: Report,
): ListedPrice[] {
  const prices: ListedPrice[] = [];
  for (const [field, value] of Object.entries(cost)) {
    if (value === null || field === 'tiers' || field === 'tier') continue;
    if (field === 'context_over_200k' && cost.tiers !== undefined) continue;
    const component = Object.hasOwn(MODELS_DEV_PRICES, field)
      ? MODELS_DEV_PRICES[field]
      : undefined;
    if (component === undefined) {
      report(
        `${place}.${field}`,
        value,
        MODELS_DEV_NOT_PRICED[field] ?? 'not a field that this import knows',
      );
      continue;
    }
    const dollars = isExactNumber(value) ? parseDecimal(value.decimal) : undefined;
    if (dollars === undefined) throw new Refusal(`${place}.${field} is not a number`);
    prices.push({ component, fromContextTokens, dollars, perExponent: MILLION_EXPONENT });
  }
  return prices;
}

/** A tier of size 200,000 is the price of calls with more input tokens: it begins at 200,001. */
function readTiers(tiers: ExactJson | undefined, report: Report): ListedPrice[] {
  if (tiers === undefined || tiers === null) return [];
  if (!Array.isArray(tiers)) throw new Refusal('cost.tiers is not a list');
  const seen = new Set<number>();
  return tiers.flatMap((tier: ExactJson, index) => {
    if (!isExactObject(tier) || !isExactObject(tier.tier)) {
      throw new Refusal('a tier of its prices does not say when it applies');
    }
    const size = limitOf(tier.tier.size);
    if (size === undefined || (tier.tier.type ?? 'context') !== 'context') {
      report(`cost.tiers[${index}]`, tier, 'a tier by something else than the size of the context');
      return [];
    }
    if (seen.has(size)) throw new Refusal(`two tiers of its prices begin at ${size} tokens`);
    seen.add(size);
    return readPrices(tier, BigInt(size) + 1n, `cost.tiers[${index}]`, report);
  });
}

function reportOtherFields(fields: ExactObject, report: Report): void {
  for (const [field, value] of Object.entries(fields)) {
    if (Object.hasOwn(MODELS_DEV_IGNORED, field)) continue;
    if (field === 'experimental' && isExactObject(value) && isExactObject(value.modes)) {
      for (const [mode, settings] of Object.entries(value.modes)) {
        report(`experimental.modes.${mode}`, settings, 'the price of another mode of the provider');
      }
      continue;
    }
    report(field, value, 'not a field that this import knows');
  }
}

function limitOf(value: ExactJson | undefined): number | undefined {
  return isExactNumber(value) ? asTokenLimit(parseDecimal(value.decimal)) : undefined;
}
