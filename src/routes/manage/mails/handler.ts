import { formatRowId } from '../../../kernel/index.ts';
import { listMails as listRows, type OutboxMail } from '../../../notices/index.ts';
import { pageOf, readAfter } from '../lists.ts';
import type { Manage } from '../manage.ts';
import { listMails } from './contract.ts';

export function mountMails(manage: Manage): void {
  manage.mountForUser(listMails, async (c, { tx }) => {
    const { limit, after, recipient } = c.req.valid('query');
    const before = readAfter('mail', after);
    const rows = await listRows(tx, { before, recipient, limit: limit + 1 });
    return c.json(pageOf(rows.map(mailBody), limit), 200);
  });
}

function mailBody(mail: OutboxMail) {
  return {
    id: formatRowId('mail', mail.id),
    object: 'mail' as const,
    recipient: mail.recipient,
    kind: mail.kind,
    subject: mail.subject,
    body: mail.body,
    created_at: mail.createdAt.toISOString(),
    sent_at: mail.sentAt?.toISOString() ?? null,
    attempts: mail.attempts,
    problem: mail.problem,
  };
}
