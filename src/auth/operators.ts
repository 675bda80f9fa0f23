import { timingSafeEqual } from 'node:crypto';
import { recordAct } from '../audit/index.ts';
import type { Db, Queryable } from '../db/index.ts';
import { Fault, type Ids, type Random, type SecretBox } from '../kernel/index.ts';
import { createUser, type User } from './users.ts';

/** Whether anybody runs this instance yet. */
export async function hasOperator(db: Queryable): Promise<boolean> {
  const rows = await db.query('select from operator limit 1');
  return rows.length > 0;
}

/** Lets a user run the whole instance. */
export async function addOperator(tx: Queryable, userId: string): Promise<void> {
  await tx.query('insert into operator (user_id) values ($1) on conflict do nothing', [userId]);
}

/**
 * What opens the page on which the first operator is made. Derived from the instance's key, so that
 * it is stored nowhere and every process knows it; worth nothing once there is an operator.
 */
export function setupToken(secrets: SecretBox): string {
  const mac = secrets.macKey('set-up by the first operator')();
  mac.update('setup');
  return mac.digest().toString('base64url');
}

/** Whether a text is that token. */
export function isSetupToken(secrets: SecretBox, text: string): boolean {
  const [expected, given] = [Buffer.from(setupToken(secrets)), Buffer.from(text)];
  return expected.length === given.length && timingSafeEqual(expected, given);
}

/**
 * Makes the first operator: of several at once exactly one. Faults: `setup_done` (409), and those
 * of {@link createUser}.
 */
export function createFirstOperator(
  { db, ids, random }: { readonly db: Db; readonly ids: Ids; readonly random: Random },
  person: { readonly mail: string; readonly name?: string; readonly password: string },
  requestId?: string,
): Promise<User> {
  return db.transaction(async (tx) => {
    await tx.query('lock table operator in share row exclusive mode');
    if (await hasOperator(tx)) throw setupDone();
    const user = await createUser(tx, random, { ...person, isVerified: true });
    await addOperator(tx, user.id);
    await recordAct(tx, ids, {
      platformId: null,
      actor: { kind: 'user', id: user.id, label: user.mail },
      action: 'operator.set_up',
      subject: user.mail,
      requestId,
    });
    return user;
  });
}

/** The link was used, or is not needed: 409. */
export function setupDone(): Fault {
  return new Fault({
    code: 'setup_done',
    status: 409,
    message:
      "This instance has its operator already. Sign in, or let the operator run 'farebox users " +
      "create --operator'.",
  });
}
