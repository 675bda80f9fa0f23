import type { Db, Queryable } from '../db/index.ts';
import type { Clock, Ids, Log } from '../kernel/index.ts';
import { startUpkeep } from '../ledger/index.ts';
import { createMailServer, type MailServer, type SmtpSettings } from './mail-server.ts';
import { dropOldMails, sendDueMails } from './send-due-mails.ts';

/** A mail to be sent. */
export interface NewMail {
  /** The platform in whose name it goes out; undefined for the instance's own. */
  readonly platformId?: bigint | undefined;
  readonly recipient: string;
  /** What it is for, in one word: `verification`, `reset`, ... */
  readonly kind: string;
  readonly subject: string;
  /** Plain text. */
  readonly body: string;
}

/** The way out for mails: an outbox in the database, and a sender behind it. */
export interface Mailer {
  /**
   * Puts a mail into the outbox, in the transaction of what it tells of. With a mail server it goes
   * out within seconds after the commit; without one it stays there, and stands in the log.
   */
  send(tx: Queryable, mail: NewMail): Promise<void>;
  /** Does now what a timer does every few seconds: sends what is due. */
  sendDue(): Promise<void>;
  /** Waits for the mail that is under way. */
  close(): Promise<void>;
}

export interface MailerParts {
  readonly db: Db;
  readonly ids: Ids;
  readonly clock: Clock;
  readonly log: Log;
  /** The mail server; undefined leaves every mail in the outbox. */
  readonly smtp?: SmtpSettings | undefined;
}

const EVERY_MS = 2_000;
const DROP_EVERY_MS = 3_600_000;

const PUT = `
  insert into outbox_mail (id, platform_id, recipient, kind, subject, body, next_attempt_at)
  values ($1, $2, $3, $4, $5, $6, case when $7 then clock_timestamp() end)`;

/** Opens the outbox, and starts to send from it when there is a mail server. */
export function createMailer(parts: MailerParts): Mailer {
  const { db, ids, clock, log, smtp } = parts;
  const server = smtp === undefined ? undefined : createMailServer(smtp);
  let closing = false;
  const isClosing = () => closing;
  const sendDue = async () => {
    if (server !== undefined) await sendDueMails({ db, log, server, isClosing });
  };
  const upkeeps = [
    startUpkeep({ clock, log, everyMs: DROP_EVERY_MS, work: () => dropOldMails(db) }),
    ...(server === undefined
      ? []
      : [startUpkeep({ clock, log, everyMs: EVERY_MS, work: sendDue })]),
  ];
  return {
    send: (tx, mail) => put(tx, { ids, log, server }, mail),
    sendDue,
    close: async () => {
      closing = true;
      for (const upkeep of upkeeps) await upkeep.stop();
      server?.close();
    },
  };
}

/**
 * The outbox alone, for a command of the operator: what it puts there is sent by a running server,
 * or stays when the instance has no mail server.
 */
export function createOutbox(
  parts: Pick<MailerParts, 'ids' | 'log'> & { readonly hasServer: boolean },
): Pick<Mailer, 'send'> {
  const server = parts.hasServer ? 'elsewhere' : undefined;
  return { send: (tx, mail) => put(tx, { ...parts, server }, mail) };
}

async function put(
  tx: Queryable,
  {
    ids,
    log,
    server,
  }: Pick<MailerParts, 'ids' | 'log'> & { server: MailServer | string | undefined },
  mail: NewMail,
): Promise<void> {
  const { platformId, recipient, kind, subject, body } = mail;
  const isSent = server !== undefined;
  await tx.query(PUT, [ids.rowId(), platformId ?? null, recipient, kind, subject, body, isSent]);
  if (!isSent) {
    log.info(
      { recipient, kind, subject, body },
      'There is no mail server (FAREBOX_SMTP_URL), so this mail stays in the outbox.',
    );
  }
}
