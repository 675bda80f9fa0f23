import { isOrdinary } from './hold-ordinary.ts';
import { checkRequest } from './holding.ts';
import { createLane, type Lane } from './lane.ts';
import { isPricedInMonth } from './settle-in-month.ts';
import { isOrdinarySettlement } from './settle-ordinary.ts';
import type { HoldRequest, HoldResult, Settlement, SettleResult } from './types.ts';

/** The sessions of a process: which of them a call goes to. */
export interface Lanes {
  hold(request: HoldRequest): Promise<HoldResult>;
  /** Resolves whatever is held of a call; undefined when nothing is. */
  resolve(settlement: Settlement): Promise<SettleResult | undefined>;
  /** Resolves once it is certain that no lost session can still hold anything. */
  settleFate(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Wallets are divided among so many sessions, so that batches under way do not wait for each other.
 * Right after a division began or ended two may share a wallet: one waits for the other's rows.
 */
const ORDINARY_LANES = 2;
/**
 * With fewer calls than this in the ledger all go over the first of them: a batch costs far more
 * than a call in it, so a few calls are done sooner together than on two sessions at once.
 */
const DIVIDED_FROM_CALLS = 96;
const LIMITS = { maxItems: 256, maxWaiting: 8_192 };

/**
 * Ordinary calls, for which there is enough whoever comes first, are taken by sums on lanes of
 * their own. The others are decided call by call on one more lane: a wallet that runs out, or a
 * key at its limit, keeps that one busy and nobody else. Settlements whose price depends on what
 * was used before have a last one to themselves.
 */
export function createLanes(
  parts: Omit<Parameters<typeof createLane>[0], 'isOrdinary' | 'limits'>,
): Lanes {
  const open = (isOrdinary: boolean) => createLane({ ...parts, isOrdinary, limits: LIMITS });
  const ordinary = Array.from({ length: ORDINARY_LANES }, () => open(true));
  const careful = open(false);
  // Its session is opened by the first call that needs it.
  const monthly = open(false);
  let underWay = 0;
  const inLane = async <T>(
    { legs }: Pick<HoldRequest | Settlement, 'legs'>,
    work: (lane: Lane) => Promise<T>,
  ): Promise<T> => {
    const isDivided = underWay >= DIVIDED_FROM_CALLS;
    const place = isDivided ? Number((legs[0]?.walletId ?? 0n) % BigInt(ORDINARY_LANES)) : 0;
    underWay += 1;
    try {
      return await work(ordinary[place] as Lane);
    } finally {
      underWay -= 1;
    }
  };
  const all = [...ordinary, careful, monthly];
  return {
    hold: async (request) => {
      checkRequest(request, parts.clock);
      const result = isOrdinary(request)
        ? await inLane(request, (lane) => lane.hold(request))
        : undefined;
      return (result ?? (await careful.hold(request))) as HoldResult;
    },
    resolve: async (settlement) => {
      if (isPricedInMonth(settlement)) return monthly.settle(settlement);
      const isSimple = isOrdinarySettlement(settlement);
      const result = isSimple
        ? await inLane(settlement, (lane) => lane.settle(settlement))
        : undefined;
      return result ?? careful.settle(settlement);
    },
    settleFate: async () => {
      for (const lane of all) await lane.settleFate();
    },
    close: async () => {
      for (const lane of all) await lane.close();
    },
  };
}
