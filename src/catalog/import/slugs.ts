/**
 * Gives every model of several providers a slug: its id, or `provider/id` for all that would share
 * one. Depends on nothing but the set of entries, so that importing a file again gives the same.
 */
export function chooseSlugs<E extends { readonly provider: string; readonly id: string }>(
  entries: readonly E[],
  always: boolean,
): (E & { readonly slug: string })[] {
  const full = ({ provider, id }: E) => `${provider}/${id}`;
  const prefixed = new Set<E>(always ? entries : []);
  const slugOf = (entry: E) => (prefixed.has(entry) ? full(entry) : entry.id);
  // A longer slug can meet another model's id, so this goes on until none is shared.
  for (;;) {
    const uses = new Map<string, number>();
    for (const entry of entries) uses.set(slugOf(entry), (uses.get(slugOf(entry)) ?? 0) + 1);
    const clashing = entries.filter(
      (entry) => !prefixed.has(entry) && (uses.get(slugOf(entry)) ?? 0) > 1,
    );
    if (clashing.length === 0) break;
    for (const entry of clashing) prefixed.add(entry);
  }
  return entries.map((entry) => ({ ...entry, slug: slugOf(entry) }));
}
