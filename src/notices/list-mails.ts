import type { Queryable } from '../db/index.ts';

/** A mail as the outbox has it. */
export interface OutboxMail {
  readonly id: bigint;
  readonly recipient: string;
  readonly kind: string;
  readonly subject: string;
  readonly body: string;
  readonly createdAt: Date;
  /** Null while it waits; for good where there is no mail server. */
  readonly sentAt: Date | null;
  readonly attempts: number;
  /** What the mail server said last, when it did not take it. */
  readonly problem: string | null;
}

/** Mails of the instance, newest first, `limit` before `before`; of one recipient if given. */
export async function listMails(
  db: Queryable,
  page: {
    readonly before: bigint | undefined;
    readonly limit: number;
    readonly recipient?: string | undefined;
  },
): Promise<OutboxMail[]> {
  return db.query<OutboxMail>(
    `select id, recipient, kind, subject, body, created_at as "createdAt", sent_at as "sentAt",
       attempts, problem
     from outbox_mail
     where ($1::bigint is null or id < $1) and ($3::text is null or recipient = $3)
     order by id desc limit $2`,
    [page.before ?? null, page.limit, page.recipient ?? null],
  );
}
