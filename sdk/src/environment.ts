interface Surroundings {
  readonly process?: { readonly env?: Readonly<Record<string, string | undefined>> };
  readonly window?: unknown;
  readonly document?: unknown;
}

const surroundings = globalThis as Surroundings;

/** A variable of the environment, where there is one. */
export function readVariable(name: string): string | undefined {
  return surroundings.process?.env?.[name]?.trim() || undefined;
}

/** Whether everybody who looks at the page can read what is in here. */
export function isBrowser(): boolean {
  return surroundings.window !== undefined && surroundings.document !== undefined;
}
