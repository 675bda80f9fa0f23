import { isRecord } from '../../chat-chunk.ts';

const MAX_DEPTH = 8;

/**
 * A value that satisfies a simple JSON schema: types, properties (all of them), items, enum,
 * const, anyOf / oneOf / allOf (their first), local `$ref`s, minimum, minLength and minItems. An
 * unknown schema gives a text.
 */
export function valueForSchema(schema: unknown): unknown {
  return build(schema, schema, 0);
}

function build(schema: unknown, root: unknown, depth: number): unknown {
  if (!isRecord(schema) || depth > MAX_DEPTH) return 'demo';
  if (typeof schema.$ref === 'string') return build(resolve(schema.$ref, root), root, depth + 1);
  if ('const' in schema) return schema.const;
  if (Array.isArray(schema.enum)) return schema.enum[0];
  for (const word of ['anyOf', 'oneOf', 'allOf']) {
    const options = schema[word];
    if (Array.isArray(options)) return build(options[0], root, depth + 1);
  }
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  if (type === 'object' || isRecord(schema.properties)) {
    const members = Object.entries(isRecord(schema.properties) ? schema.properties : {});
    return Object.fromEntries(members.map(([name, of]) => [name, build(of, root, depth + 1)]));
  }
  if (type === 'array') {
    const size = Math.min(Math.max(1, numberOr(schema.minItems, 1)), 100);
    return Array.from({ length: size }, () => build(schema.items, root, depth + 1));
  }
  return scalar(type, schema);
}

function scalar(type: unknown, schema: Record<string, unknown>): unknown {
  if (type === 'integer' || type === 'number') return numberOr(schema.minimum, 1);
  if (type === 'boolean') return true;
  if (type === 'null') return null;
  return 'demo'.padEnd(Math.min(numberOr(schema.minLength, 0), 10_000), '.');
}

const numberOr = (value: unknown, otherwise: number) =>
  typeof value === 'number' ? value : otherwise;

/** Follows `#/$defs/name` from the root of the schema. */
function resolve(reference: string, root: unknown): unknown {
  let place = root;
  for (const name of reference.replace(/^#\/?/, '').split('/')) {
    if (name !== '') place = isRecord(place) ? place[name] : undefined;
  }
  return place;
}
