import { createHash } from 'node:crypto';
import type { Queryable } from '../../db/index.ts';
import { Fault, type SecretBox } from '../../kernel/index.ts';

/** A request that came with an Idempotency-Key. */
export interface KeyedAct {
  readonly platformId: bigint | null;
  /** Who asked: keys of different askers do not meet. */
  readonly owner: string;
  readonly key: string;
  /** What was asked: method, address and body. */
  readonly request: string;
}

interface Kept {
  readonly fingerprint: Buffer;
  readonly status: number;
  readonly answer: Buffer;
}

/** Held for the transaction by who carries out the act; of a key that begins with it. */
const CLAIM = `select pg_try_advisory_xact_lock(hashtextextended($1, 5)) as claimed`;
const FIND = `select fingerprint, status, answer from idempotent_act
  where platform_id is not distinct from $1 and owner = $2 and key = $3
    and at > now() - interval '1 day'`;
const FORGET = `delete from idempotent_act where at <= now() - interval '1 day'
  and platform_id is not distinct from $1 and owner = $2 and key = $3`;
const KEEP = `insert into idempotent_act (platform_id, owner, key, fingerprint, status, answer)
  values ($1, $2, $3, $4, $5, $6)`;

/**
 * Carries out an act once for its key, in the act's own transaction, so that act and answer are
 * kept together or not at all; a repeat within a day gets the first answer, and a refusal is not
 * kept. Faults: `idempotency_key_in_use` (409) while the first is still running,
 * `idempotency_key_reused` (422) when another request has had the key.
 */
export async function actOnce(
  tx: Queryable,
  secrets: SecretBox,
  act: KeyedAct,
  carryOut: () => Promise<Response>,
): Promise<Response> {
  const { platformId, owner, key } = act;
  const lock = JSON.stringify([String(platformId), owner, key]);
  const [row] = await tx.query<{ claimed: boolean }>(CLAIM, [lock]);
  if (row?.claimed !== true) throw stillRunning();
  const fingerprint = createHash('sha256').update(act.request).digest();
  const [kept] = await tx.query<Kept>(FIND, [platformId, owner, key]);
  if (kept !== undefined) {
    if (!kept.fingerprint.equals(fingerprint)) throw reused();
    return new Response(secrets.open(kept.answer), {
      status: kept.status,
      headers: { 'content-type': 'application/json', 'idempotent-replayed': 'true' },
    });
  }
  const answer = await carryOut();
  if (!answer.ok) return answer;
  await tx.query(FORGET, [platformId, owner, key]);
  const body = secrets.seal(await answer.clone().text());
  await tx.query(KEEP, [platformId, owner, key, fingerprint, answer.status, body]);
  return answer;
}

/** Takes away what no repeat is answered from any more. */
export async function forgetOldActs(db: Queryable): Promise<void> {
  await db.query(`delete from idempotent_act where at <= now() - interval '1 day'`);
}

function stillRunning(): Fault {
  return new Fault({
    code: 'idempotency_key_in_use',
    status: 409,
    message: 'A request with this Idempotency-Key is still running. Ask again shortly.',
    retryAfterSeconds: 1,
  });
}

function reused(): Fault {
  return new Fault({
    code: 'idempotency_key_reused',
    status: 422,
    message:
      'This Idempotency-Key was sent before with another request. Use a new key for each act.',
  });
}
