import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Bag } from './bag.ts';

describe('a bag', () => {
  it('holds exactly what was added and not taken out, in whatever order that happens', () => {
    // Each step adds a number, or takes out one of those that are or were in it.
    const steps = fc.array(fc.option(fc.nat(30)), { maxLength: 60 });
    fc.assert(
      fc.property(steps, (plan) => {
        const bag = new Bag<number>();
        const expected = new Set<number>();
        const added: { readonly item: number; remove(): void }[] = [];
        plan.forEach((place, item) => {
          if (place === null) {
            added.push({ item, remove: bag.add(item) });
            expected.add(item);
          } else if (added.length > 0) {
            const one = added[place % added.length];
            one?.remove();
            expected.delete(one?.item ?? -1);
          }
          expect([...bag].sort((a, b) => a - b)).toEqual([...expected]);
          expect(bag.size).toBe(expected.size);
        });
      }),
    );
  });

  it('lets what is in it be taken out while it is gone through', () => {
    const bag = new Bag<string>();
    const removals = ['a', 'b', 'c'].map((item) => bag.add(item));
    const seen: string[] = [];
    for (const item of bag) {
      seen.push(item);
      for (const remove of removals) remove();
    }
    expect(seen).toEqual(['a', 'b', 'c']);
    expect(bag.size).toBe(0);
  });
});
