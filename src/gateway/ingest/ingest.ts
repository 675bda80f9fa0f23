import { type Clock, Fault } from '../../kernel/index.ts';
import {
  type ChargeParts,
  holdEvent,
  notRecorded,
  releaseEvent,
  settleEvent,
} from './charge-events.ts';
import { claimEvents, conflict, inProgress } from './claim-events.ts';
import { beginSettling, type ClaimingEvent, deleteEvents } from './event-records.ts';
import { findPayers, findPayingPlatform, type Payer, type PayingPlatform } from './payers.ts';
import { type Quote, type QuoteParts, quoteEvent } from './quote.ts';
import { readUsageEvent, type UsageEvent } from './usage-event.ts';

/** What came of one event of a report. */
export type EventResult =
  | { readonly kind: 'charged' | 'duplicate'; readonly receipt: EventReceipt }
  | { readonly kind: 'refused'; readonly fault: Fault };

/** What an event cost, now or when it came first. Amounts are in the unit's smallest part. */
export interface EventReceipt {
  readonly callId: string;
  readonly unit: string;
  readonly scale: number;
  readonly price: bigint;
  /** What the wallet paid of the price. */
  readonly charge: bigint;
}

export interface IngestOptions {
  /** What to do where there is too little: refuse, or take what is there and leave the rest. */
  readonly onInsufficient: 'refuse' | 'overrun';
  /** Opens an account that is known by this outside id; undefined where none is to be opened. */
  readonly openAccount: ((externalId: string) => Promise<void>) | undefined;
}

/** Takes reports of work that was done elsewhere, and charges for it as for a call. */
export interface Ingest {
  /**
   * Charges each event once, whoever reports it how often; the results stand in the order of the
   * events. No event is undone by another. Rejects only while the database is away, before
   * anything is charged.
   */
  take(platformId: bigint, raw: readonly unknown[], options: IngestOptions): Promise<EventResult[]>;
}

type Parts = ChargeParts & QuoteParts & { readonly clock: Clock };

interface Item extends ClaimingEvent {
  readonly place: number;
  readonly payer: Payer;
  quote: Quote;
}

const PRICE_TURNS = 3;

export function createIngest(parts: Parts): Ingest {
  return {
    take: async (platformId, raw, options) => {
      const results = new Map<number, EventResult>();
      const refuse = (place: number, error: unknown) =>
        results.set(place, { kind: 'refused', fault: asFault(error) });
      const now = new Date(parts.clock.nowMs());
      const { events, repeats } = readAll(raw, now, refuse);
      const platform = await findPayingPlatform(parts.db, platformId);
      const report = { platformId, platform, options, refuse };
      const items = await quoteAll(parts, report, events);
      await chargeAll(parts, report, items, results);
      for (const [place, first] of repeats) {
        const result = results.get(first) as EventResult;
        results.set(place, result.kind === 'charged' ? { ...result, kind: 'duplicate' } : result);
      }
      return raw.map((_, place) => results.get(place) as EventResult);
    },
  };
}

interface Report {
  readonly platformId: bigint;
  readonly platform: PayingPlatform;
  readonly options: IngestOptions;
  refuse(place: number, error: unknown): void;
}

/** The events that can be read, each id once, and those that only repeat one of them. */
function readAll(raw: readonly unknown[], now: Date, refuse: Report['refuse']) {
  const events = new Map<number, UsageEvent>();
  const repeats = new Map<number, number>();
  const places = new Map<string, number>();
  for (const [place, each] of raw.entries()) {
    try {
      const event = readUsageEvent(each, now);
      const name = JSON.stringify([event.source, event.id]);
      const first = places.get(name);
      if (first === undefined) {
        places.set(name, place);
        events.set(place, event);
      } else if (events.get(first)?.fingerprint.equals(event.fingerprint)) {
        repeats.set(place, first);
      } else throw conflict();
    } catch (error) {
      refuse(place, error);
    }
  }
  return { events, repeats };
}

async function quoteAll(
  parts: Parts,
  report: Report,
  events: ReadonlyMap<number, UsageEvent>,
): Promise<Item[]> {
  const { platformId, platform, options } = report;
  const subjects = new Set([...events.values()].map(({ subject }) => subject));
  let payers = await findPayers(parts.db, platformId, subjects);
  if (options.openAccount !== undefined && payers.size < subjects.size) {
    for (const subject of subjects) if (!payers.has(subject)) await options.openAccount(subject);
    payers = await findPayers(parts.db, platformId, subjects);
  }
  const takesWhatIsThere = options.onInsufficient === 'overrun';
  const items: Item[] = [];
  for (const [place, event] of events) {
    try {
      const payer = payers.get(event.subject);
      if (payer === undefined) throw accountNotFound(event.subject);
      const about = { platformId, platform, payer, event, takesWhatIsThere };
      const quote = await quoteEvent(parts, about);
      const { accountId } = payer;
      items.push({ place, event, payer, quote, accountId, callId: parts.ids.callId() });
    } catch (error) {
      report.refuse(place, error);
    }
  }
  return items;
}

/** Claims, holds, says that it charges, and charges: each step for all that are left. */
async function chargeAll(
  parts: Parts,
  report: Report,
  items: readonly Item[],
  results: Map<number, EventResult>,
): Promise<void> {
  const { platformId, refuse } = report;
  const claims = await claimEvents(parts, platformId, items);
  const ours: Item[] = [];
  for (const item of items) {
    const claimed = claims.get(item);
    if (claimed?.kind === 'ours') ours.push(item);
    else if (claimed?.kind === 'charged') {
      const { callId, price, charge, unit, scale } = claimed.state;
      const amounts = { price: price ?? 0n, charge: charge ?? 0n };
      const receipt = { callId, unit: unit ?? '', scale: scale ?? 0, ...amounts };
      results.set(item.place, { kind: 'duplicate', receipt });
    } else refuse(item.place, claimed?.fault ?? inProgress());
  }
  const held: Item[] = [];
  const unheld: Item[] = [];
  await Promise.all(
    ours.map(async (item) => {
      try {
        await hold(parts, report, item);
        held.push(item);
      } catch (error) {
        unheld.push(item);
        refuse(item.place, error);
      }
    }),
  );
  await deleteEvents(parts.db, platformId, unheld).catch((err) =>
    // They free themselves: a claim that has not begun to charge is old after half a minute.
    parts.log.warn({ err }, 'Usage events could not be given back.'),
  );
  await settleAll(parts, report, held, results);
}

async function settleAll(
  parts: Parts,
  { platformId, refuse }: Report,
  held: readonly Item[],
  results: Map<number, EventResult>,
): Promise<void> {
  if (held.length === 0) return;
  const still = await beginSettling(parts.db, platformId, held).catch((error) =>
    notRecorded(error),
  );
  await Promise.all(
    held.map(async (item) => {
      const { callId, quote, place } = item;
      if (still instanceof Fault || !still.has(callId)) {
        refuse(place, still instanceof Fault ? still : inProgress());
        return releaseEvent(parts, callId, quote);
      }
      try {
        const charge = await settleEvent(parts, callId, quote);
        const { unit, scale, price } = quote;
        results.set(place, { kind: 'charged', receipt: { callId, unit, scale, price, charge } });
      } catch (error) {
        refuse(place, error);
      }
    }),
  );
}

/** Holds at the price of now, quoting anew while it is being changed. */
async function hold(parts: Parts, report: Report, item: Item): Promise<void> {
  const { platformId, platform, options } = report;
  for (let turn = 1; (await holdEvent(parts, item.callId, item.quote)) !== true; turn += 1) {
    if (turn === PRICE_TURNS) throw priceChanging();
    await parts.catalog.refresh(platformId);
    const { payer, event } = item;
    const takesWhatIsThere = options.onInsufficient === 'overrun';
    item.quote = await quoteEvent(parts, { platformId, platform, payer, event, takesWhatIsThere });
  }
}

function asFault(error: unknown): Fault {
  return error instanceof Fault ? error : notRecorded(error);
}

function accountNotFound(subject: string): Fault {
  return new Fault({
    code: 'account_not_found',
    status: 404,
    param: 'subject',
    message:
      `There is no account '${subject.slice(0, 100)}'. Open it first, or report with ` +
      "'create_accounts=true'.",
  });
}

function priceChanging(): Fault {
  return new Fault({
    code: 'price_changing',
    status: 503,
    message: 'The price of this model is being changed. Nothing was charged; try again.',
    retryAfterSeconds: 1,
  });
}
