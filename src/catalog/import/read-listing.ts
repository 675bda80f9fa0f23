import { Fault } from '../../kernel/index.ts';
import { requireEssentialPrices } from './essential-prices.ts';
import { type ExactObject, isExactObject, parseExactJson } from './exact-json.ts';
import {
  type ListedModel,
  type NotPriced,
  type Reading,
  Refusal,
  type Refused,
} from './listing.ts';
import { readLitellmModel } from './litellm.ts';
import { readModelsDevModel } from './models-dev.ts';
import type { ModelsDevFile } from './models-dev-metadata.ts';
import { chooseSlugs } from './slugs.ts';

export type ListingFormat = 'litellm' | 'models-dev';

export interface ListingOptions {
  readonly format: ListingFormat | 'auto';
  /** Only this provider's models: a key of models.dev, `litellm_provider` of LiteLLM. */
  readonly provider?: string | undefined;
  /** Name every product `provider/model`, not only those that would share a name. */
  readonly prefixSlugs?: boolean | undefined;
}

/** A source's models that can be sold, and what was left out. */
export interface Listing {
  readonly format: ListingFormat;
  readonly models: readonly ListedModel[];
  readonly refused: readonly Refused[];
  readonly notPriced: readonly NotPriced[];
}

const SLUG_MAX = 200;

/**
 * Reads a public price list. Every model ends up among the models or among the refused, and every
 * field of the models is a price, ignored by name for a reason, or reported as not priced.
 * Throws the Fault `listing_unreadable` (status 422) for a text that is neither format, and
 * `provider_unknown` where the filter leaves nothing.
 */
export function readListing(text: string, options: ListingOptions): Listing {
  const file = parseFile(text);
  const format = options.format === 'auto' ? detectFormat(file) : options.format;
  const readings = format === 'litellm' ? readLitellm(file, options) : readModelsDev(file, options);
  if (readings.length === 0) {
    throw new Fault({
      code: options.provider === undefined ? 'listing_unreadable' : 'provider_unknown',
      status: 422,
      param: options.provider === undefined ? 'file' : 'provider',
      message:
        options.provider === undefined
          ? 'The file lists no models.'
          : `The file lists no models of the provider '${options.provider}'. ` +
            'Use a name from the file.',
    });
  }
  return { format, ...sortReadings(readings) };
}

function sortReadings(readings: readonly Reading[]): Omit<Listing, 'format'> {
  const models: ListedModel[] = [];
  const refused: Refused[] = [];
  const notPriced: NotPriced[] = [];
  for (const reading of readings) {
    const refusal = 'reason' in reading ? reading : whyRefused(reading.model);
    if (refusal !== undefined) refused.push(refusal);
    else if ('model' in reading && typeof reading.model === 'object') {
      models.push(reading.model);
      notPriced.push(...('notPriced' in reading ? reading.notPriced : []));
    }
  }
  return { models, refused, notPriced };
}

function whyRefused(model: ListedModel): Refused | undefined {
  try {
    requireEssentialPrices(model);
    if (model.slug.length > SLUG_MAX || model.slug === '') {
      throw new Refusal(`its name has not 1 to ${SLUG_MAX} characters`);
    }
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return { model: model.model, reason: error.message };
    throw error;
  }
}

function parseFile(text: string): ExactObject {
  try {
    const file = parseExactJson(text.replace(/^\uFEFF/, ''));
    if (isExactObject(file)) return file;
  } catch (cause) {
    throw unreadable(`it is not JSON (${cause instanceof Error ? cause.message : cause})`);
  }
  throw unreadable('it is not a JSON object');
}

function detectFormat(file: ExactObject): ListingFormat {
  const entries = Object.values(file).filter(isExactObject);
  if (entries.some((entry) => isExactObject(entry.models))) return 'models-dev';
  if (entries.some((entry) => 'litellm_provider' in entry || 'mode' in entry)) return 'litellm';
  throw unreadable('it has neither models under providers nor entries with litellm_provider');
}

function unreadable(why: string): Fault {
  return new Fault({
    code: 'listing_unreadable',
    status: 422,
    param: 'file',
    message:
      `The price list cannot be read: ${why}. ` +
      "Give a file in LiteLLM's or models.dev's format.",
  });
}

function readLitellm(file: ExactObject, { provider, prefixSlugs }: ListingOptions): Reading[] {
  return Object.entries(file).flatMap(([model, fields]): Reading[] => {
    if (!isExactObject(fields)) return [{ model, reason: 'it is not an object' }];
    if (provider !== undefined && fields.litellm_provider !== provider) return [];
    const reading = readLitellmModel(model, fields);
    if ('reason' in reading || prefixSlugs !== true) return [reading];
    const slug = `${reading.model.ownedBy}/${model}`;
    return [{ ...reading, model: { ...reading.model, slug } }];
  });
}

function readModelsDev(file: ExactObject, { provider, prefixSlugs }: ListingOptions): Reading[] {
  const entries = Object.entries(file).flatMap(([key, value]) =>
    provider !== undefined && key !== provider
      ? []
      : Object.keys(modelsOf(value)).map((id) => ({ provider: key, id })),
  );
  const index = indexFile(file);
  return chooseSlugs(entries, prefixSlugs === true).map((entry) =>
    readModelsDevModel(index, entry),
  );
}

function indexFile(file: ExactObject): ModelsDevFile {
  const byId = new Map<string, ExactObject[]>();
  for (const provider of Object.values(file)) {
    for (const [id, model] of Object.entries(modelsOf(provider))) {
      if (!isExactObject(model)) continue;
      byId.set(id, [...(byId.get(id) ?? []), model]);
    }
  }
  return {
    model: (provider, id) => {
      const models = modelsOf(Object.hasOwn(file, provider) ? file[provider] : undefined);
      const model = Object.hasOwn(models, id) ? models[id] : undefined;
      return isExactObject(model) ? model : undefined;
    },
    modelsById: (id) => byId.get(id) ?? [],
  };
}

function modelsOf(provider: ExactObject[string] | undefined): ExactObject {
  return isExactObject(provider) && isExactObject(provider.models) ? provider.models : {};
}
