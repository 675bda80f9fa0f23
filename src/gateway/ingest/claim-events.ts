import type { Db } from '../../db/index.ts';
import { type Clock, delay, Fault } from '../../kernel/index.ts';
import {
  CLAIM_MS,
  type ClaimingEvent,
  type EventState,
  insertEvents,
  readEvents,
  takeOverEvent,
} from './event-records.ts';
import { tooOld } from './usage-event.ts';

/** What came of a claim: it is ours to charge, was charged before, or is refused. */
export type Claimed =
  | { readonly kind: 'ours' }
  | { readonly kind: 'charged'; readonly state: EventState }
  | { readonly kind: 'refused'; readonly fault: Fault };

/** An event that another request is charging is looked at so often, and for so long. */
const LOOKS = 20;
const LOOK_MS = 100;

/**
 * Claims events for the calls that are to charge for them, each for one of all who ask; committed
 * when it resolves. Faults of single events: `usage_event_in_progress` and `usage_event_conflict`
 * (409), `usage_event_too_old` (422).
 */
export async function claimEvents(
  { db, clock }: { readonly db: Db; readonly clock: Clock },
  platformId: bigint,
  claims: readonly ClaimingEvent[],
): Promise<Map<ClaimingEvent, Claimed>> {
  const found = new Map<ClaimingEvent, Claimed>();
  if (claims.length === 0) return found;
  for (let look = 1; ; look += 1) {
    const open = claims.filter((claim) => !found.has(claim));
    const made = await insertEvents(db, platformId, open);
    for (const claim of open) if (made.has(claim.callId)) found.set(claim, { kind: 'ours' });
    const others = open.filter(({ callId }) => !made.has(callId));
    const states = others.length === 0 ? [] : await readEvents(db, platformId, others);
    for (const [place, claim] of others.entries()) {
      const state = states[place];
      // One that is gone was given back a moment ago.
      const claimed = state && (await judge(db, platformId, claim, state));
      if (claimed !== undefined) found.set(claim, claimed);
    }
    if (found.size === claims.length) return found;
    if (look === LOOKS) break;
    await delay(clock, LOOK_MS);
  }
  for (const claim of claims) {
    if (!found.has(claim)) found.set(claim, { kind: 'refused', fault: inProgress() });
  }
  return found;
}

/** Undefined while another request may be charging. */
async function judge(
  db: Db,
  platformId: bigint,
  claim: ClaimingEvent,
  state: EventState,
): Promise<Claimed | undefined> {
  const { fingerprint, isSettling, outcome } = state;
  if (!fingerprint.equals(claim.event.fingerprint)) return { kind: 'refused', fault: conflict() };
  if (outcome === 'settled') return { kind: 'charged', state };
  if (isSettling && outcome === null && state.isBeyondKept) {
    return { kind: 'refused', fault: tooOld() };
  }
  const cameToNothing = outcome !== null;
  const isLeft = cameToNothing || (!isSettling && state.ageMs > CLAIM_MS);
  if (!isLeft || !(await takeOverEvent(db, platformId, claim, state))) return undefined;
  return { kind: 'ours' };
}

/** Another request has it, or had it and is gone without a word. */
export function inProgress(): Fault {
  return new Fault({
    code: 'usage_event_in_progress',
    status: 409,
    message: 'This event is being charged by another request. Send it again in a moment.',
    retryAfterSeconds: 1,
  });
}

/** The id was used for another event. */
export function conflict(): Fault {
  return new Fault({
    code: 'usage_event_conflict',
    status: 409,
    param: 'id',
    message:
      'This id was reported before by this source, with something else in it. ' +
      'An event is never changed: report a new one under an id of its own.',
  });
}
