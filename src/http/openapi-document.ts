import type { ManagedApp } from './managed-app.ts';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** A part of an OpenAPI document. */
export interface OpenApiPart {
  readonly paths: Readonly<Record<string, object>>;
  readonly schemas: Readonly<Record<string, object>>;
  readonly securitySchemes: Readonly<Record<string, object>>;
}

/** What the document says of one operation, as far as it is edited here. */
interface Operation {
  operationId?: string;
  tags?: string[];
}

/** The OpenAPI 3.1 document of every mounted contract. */
export function openApiDocument(app: ManagedApp, info: { title: string; version: string }) {
  const document = app.getOpenAPI31Document({ openapi: '3.1.0', info });
  // '{id}{.+}' is how a route lets an id contain slashes; the document knows only '{id}'.
  const paths = Object.entries(document.paths ?? {}).map(
    ([path, item]) => [path.replaceAll('{.+}', ''), item] as const,
  );
  const operations = paths.flatMap(([path, item]) =>
    METHODS.flatMap((method) => (item?.[method] ? [{ path, operation: item[method] }] : [])),
  );
  nameApart(operations);
  return {
    ...document,
    servers: [{ url: '/' }],
    tags: tagsOf(paths.map(([, item]) => item)),
    paths: Object.fromEntries(paths),
  };
}

/** A document with what else is served, whose own words go first. */
export function withPart(
  document: ReturnType<typeof openApiDocument>,
  part: OpenApiPart | undefined,
) {
  if (part === undefined) return document;
  const { schemas, securitySchemes, ...components } = document.components ?? {};
  return {
    ...document,
    tags: [...document.tags, ...tagsOf(Object.values(part.paths))],
    paths: { ...document.paths, ...part.paths },
    components: {
      ...components,
      schemas: { ...part.schemas, ...schemas },
      securitySchemes: { ...part.securitySchemes, ...securitySchemes },
    },
  };
}

function tagsOf(items: readonly (object | undefined)[]): { name: string }[] {
  const operations: Operation[] = items.flatMap((item) => Object.values(item ?? {}));
  const names = new Set(operations.flatMap(({ tags }) => tags ?? []));
  return [...names].sort().map((name) => ({ name }));
}

/** A contract that is mounted at two places is one operation at each, and named after its place. */
function nameApart(operations: readonly { path: string; operation: Operation }[]): void {
  const seen = new Set<string>();
  for (const { path, operation } of operations) {
    const id = operation.operationId;
    if (id === undefined) continue;
    if (seen.has(id)) operation.operationId = `${path.split('/')[1]}.${id}`;
    seen.add(operation.operationId ?? id);
  }
}
