import type { Amount } from '../../kernel/index.ts';

/** What the calls of an account in one unit came to, and would come to. */
export interface AccountChange {
  readonly accountId: bigint;
  readonly unit: string;
  readonly before: Amount;
  readonly after: Amount;
}

/** Keeps the accounts that would pay most more, and those that would pay most less. */
export interface MostAffected {
  add(change: AccountChange): void;
  readonly up: readonly AccountChange[];
  readonly down: readonly AccountChange[];
}

const differenceOf = ({ before, after }: AccountChange) => after - before;

/** So many of each unit and direction are kept, whatever is added. */
export function createMostAffected(most: number): MostAffected {
  const lists = {
    up: new Map<string, AccountChange[]>(),
    down: new Map<string, AccountChange[]>(),
  };
  const all = (lists: Map<string, AccountChange[]>) => [...lists.values()].flat();
  return {
    add: (change) => {
      const difference = differenceOf(change);
      if (difference === 0n) return;
      const [ofUnits, sign] = difference > 0n ? [lists.up, 1n] : [lists.down, -1n];
      const list = ofUnits.get(change.unit) ?? [];
      ofUnits.set(change.unit, list);
      const size = sign * difference;
      const isFull = list.length === most;
      if (isFull && size <= sign * differenceOf(list[most - 1] as AccountChange)) return;
      const place = list.findIndex((one) => sign * differenceOf(one) < size);
      list.splice(place === -1 ? list.length : place, 0, change);
      list.length = Math.min(list.length, most);
    },
    get up() {
      return all(lists.up);
    },
    get down() {
      return all(lists.down);
    },
  };
}
