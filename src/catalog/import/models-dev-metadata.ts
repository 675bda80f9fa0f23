import type { ProductKind } from '../product-kind.ts';
import { type ExactJson, type ExactObject, isExactObject } from './exact-json.ts';
import { Refusal } from './listing.ts';

/** Looks models of a parsed models.dev file up. */
export interface ModelsDevFile {
  model(provider: string, id: string): ExactObject | undefined;
  /** Every model that is listed under that id, whoever the provider. */
  modelsById(id: string): readonly ExactObject[];
}

interface Metadata {
  readonly kind: ProductKind;
  readonly name: string;
  readonly limits: ExactObject;
}

/**
 * What a model is, from its own fields first and then from its base models. Throws a
 * {@link Refusal} when the file does not tell what goes in and what comes out.
 */
export function describeModel(file: ModelsDevFile, fields: ExactObject, id: string): Metadata {
  const line = [fields, ...baseModels(file, fields)];
  const takes = firstList(line, 'input');
  const gives = firstList(line, 'output');
  if (takes === undefined || gives === undefined) {
    throw new Refusal('kind unknown: neither it nor a base model in the file lists modalities');
  }
  const text = (field: string) => line.map((one) => one[field]).find((x) => typeof x === 'string');
  const limits = line.map((one) => (isExactObject(one.limit) ? one.limit : {}));
  return {
    kind: kindOf(takes, gives, `${id} ${text('family') ?? ''}`),
    name: text('name') ?? id,
    limits: Object.assign({}, ...limits.reverse()),
  };
}

/**
 * `base_model` is the maker and the maker's id of a model. The maker may be missing from the file
 * or list nothing but the same reference; then the offers of others under that id tell what it is.
 */
function baseModels(file: ModelsDevFile, fields: ExactObject): ExactObject[] {
  const bases: ExactObject[] = [];
  const seen = new Set<string>();
  let name = fields.base_model;
  while (typeof name === 'string' && !seen.has(name)) {
    seen.add(name);
    const slash = name.indexOf('/');
    const id = name.slice(slash + 1);
    const base = file.model(name.slice(0, slash), id);
    if (base !== undefined) bases.push(base);
    bases.push(...[...file.modelsById(name), ...file.modelsById(id)].map(modalitiesAlone));
    name = base?.base_model;
  }
  return bases;
}

/** Another provider's offer of the same model tells what it is, but not that provider's limits. */
function modalitiesAlone({ modalities }: ExactObject): ExactObject {
  return modalities === undefined ? {} : { modalities };
}

function firstList(line: readonly ExactObject[], side: string): ExactJson[] | undefined {
  for (const { modalities } of line) {
    const list = isExactObject(modalities) ? modalities[side] : undefined;
    if (Array.isArray(list) && list.length > 0) return list;
  }
  return undefined;
}

function kindOf(takes: ExactJson[], gives: ExactJson[], names: string): ProductKind {
  if (gives.includes('text')) {
    // The format has no modality of vectors: embeddings are listed as text and told by their name.
    if (/embed/i.test(names)) return 'embedding';
    return takes.every((modality) => modality === 'audio') ? 'transcription' : 'chat';
  }
  if (gives.includes('video')) return 'video';
  if (gives.includes('image')) return 'image';
  if (gives.includes('audio')) return 'speech';
  throw new Refusal(`kind unknown: it gives ${gives.join(', ')}`);
}
