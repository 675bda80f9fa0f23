import type { Queryable } from '../db/index.ts';
import type { Log } from '../kernel/index.ts';
import { MailRefused, type MailServer, type OutgoingMail } from './mail-server.ts';

/** A mail is one process's for so long: longer than a mail server may take, with all its times. */
const CLAIM_SECONDS = 300;
/** Half a minute, then four times as long each, at most six hours: about a day in all. */
const MOST_ATTEMPTS = 10;
const FIRST_PAUSE_SECONDS = 30;
const LONGEST_PAUSE_SECONDS = 21_600;
const KEEP_DAYS = 30;

const CLAIM = `
  with due as (
    select id from outbox_mail where next_attempt_at <= clock_timestamp()
    order by next_attempt_at limit 1 for update skip locked
  )
  update outbox_mail m
  set attempts = attempts + 1,
    next_attempt_at = clock_timestamp() + make_interval(secs => ${CLAIM_SECONDS})
  from due where m.id = due.id
  returning m.id, m.recipient, m.subject, m.body, m.kind, m.attempts`;

// Links in a mail are secrets of its reader: once it has left, nobody else needs them.
const SENT = `
  update outbox_mail set sent_at = clock_timestamp(), next_attempt_at = null, problem = null,
    body = ''
  where id = $1`;

const FAILED = `
  update outbox_mail set problem = $2,
    next_attempt_at = clock_timestamp() + make_interval(secs => $3)
  where id = $1`;

interface Claimed extends OutgoingMail {
  readonly kind: string;
  readonly attempts: number;
}

/**
 * Sends what is due, one by one. A mail is claimed in one statement, so of several processes one
 * sends it; it is tried again when that one dies before it has said how it went.
 */
export async function sendDueMails(parts: {
  readonly db: Queryable;
  readonly log: Log;
  readonly server: MailServer;
  isClosing(): boolean;
}): Promise<void> {
  const { db, log, server } = parts;
  while (!parts.isClosing()) {
    const [mail] = await db.query<Claimed>(CLAIM);
    if (mail === undefined) return;
    try {
      await server.send(mail);
    } catch (error) {
      await putOff(db, log, mail, error);
      continue;
    }
    await db.query(SENT, [mail.id]);
  }
}

async function putOff(db: Queryable, log: Log, mail: Claimed, error: unknown): Promise<void> {
  const { id, kind, attempts } = mail;
  const isOver = attempts >= MOST_ATTEMPTS || (error instanceof MailRefused && error.isFinal);
  const problem = error instanceof Error ? error.message.slice(0, 1_000) : String(error);
  await db.query(FAILED, [id, problem, isOver ? null : pauseSeconds(attempts)]);
  log.warn(
    { mail: id, kind, attempts, problem },
    isOver ? 'A mail cannot be sent.' : 'A mail was not taken; it is tried again.',
  );
}

function pauseSeconds(attempts: number): number {
  return Math.min(FIRST_PAUSE_SECONDS * 4 ** (attempts - 1), LONGEST_PAUSE_SECONDS);
}

/** Mails are no archive. */
export async function dropOldMails(db: Queryable): Promise<void> {
  await db.query(
    `delete from outbox_mail
     where next_attempt_at is null and created_at < clock_timestamp() - make_interval(days => $1)`,
    [KEEP_DAYS],
  );
}
