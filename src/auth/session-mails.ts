import type { Db } from '../db/index.ts';
import type { Log } from '../kernel/index.ts';
import {
  knownAddressMail,
  type Mailer,
  type MailText,
  resetMail,
  verificationMail,
} from '../notices/index.ts';

/** What sign-up and the reset of a password write to people. */
export interface SessionMails {
  verification(recipient: string, url: string): Promise<void>;
  reset(recipient: string, url: string): Promise<void>;
  knownAddress(recipient: string): Promise<void>;
}

/** Whoever asks for mails to somebody else's address gets no more than these sent. */
const MOST_AN_HOUR = 5;

const COUNT = `
  select count(*)::int as count from outbox_mail
  where recipient = $1 and kind = $2 and created_at > now() - interval '1 hour'`;

export function createSessionMails(parts: {
  readonly db: Db;
  readonly log: Log;
  readonly mailer: Pick<Mailer, 'send'>;
  publicUrl(): string;
}): SessionMails {
  const { db, log, mailer } = parts;
  const name = () => new URL(parts.publicUrl()).host;
  const send = async (recipient: string, kind: string, text: MailText) => {
    const [row] = await db.query<{ count: number }>(COUNT, [recipient, kind]);
    if ((row?.count ?? 0) >= MOST_AN_HOUR) {
      log.warn({ kind }, 'No more mails of this kind go to this address within the hour.');
      return;
    }
    await mailer.send(db, { recipient, kind, ...text });
  };
  return {
    verification: (to, url) => send(to, 'verification', verificationMail(name(), url)),
    reset: (to, url) => send(to, 'reset', resetMail(name(), url)),
    knownAddress: (to) => send(to, 'known_address', knownAddressMail(name())),
  };
}
