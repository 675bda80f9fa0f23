import { afterEach, beforeEach, expect, test } from 'vitest';
import { testIds } from '../../test/books.ts';
import { openTestDatabase, type TestDatabase } from '../../test/database.ts';
import { type MailReceiver, startMailReceiver } from '../../test/mail-receiver.ts';
import { createLog, type Log, systemClock } from '../kernel/index.ts';
import { createMailer, type Mailer, type NewMail } from './mailer.ts';

let database: TestDatabase;
let receiver: MailReceiver;
const mailers: Mailer[] = [];

beforeEach(async () => {
  [database, receiver] = await Promise.all([openTestDatabase(), startMailReceiver()]);
});
afterEach(async () => {
  for (const mailer of mailers.splice(0)) await mailer.close();
  await receiver.close();
  await database.close();
});

function open(options: { url?: string | undefined; log?: Log } = {}): Mailer {
  const { url = receiver.url, log = createLog('silent') } = options;
  const smtp = { url, from: 'Farebox <box@example.com>' };
  const mailer = createMailer({ db: database.db, ids: testIds, clock: systemClock, log, smtp });
  mailers.push(mailer);
  return mailer;
}

const mail: NewMail = {
  recipient: 'ada@example.com',
  kind: 'reset',
  subject: 'Set a new password',
  body: 'Follow https://example.com/reset?token=abc=def\n.\nor not.\n',
};

interface Row {
  readonly sent_at: Date | null;
  readonly attempts: number;
  readonly next_attempt_at: Date | null;
  readonly problem: string | null;
  readonly body: string;
}
const rows = () => database.db.query<Row>('select * from outbox_mail order by id');
const makeDue = () => database.db.query('update outbox_mail set next_attempt_at = now()');

test('a mail goes out by itself and leaves no links behind', async () => {
  await open().send(database.db, mail);
  await expect.poll(() => receiver.mails.length, { timeout: 10_000 }).toBe(1);
  const [received] = receiver.mails;
  expect(received).toMatchObject({ from: 'box@example.com', to: ['ada@example.com'] });
  expect(received?.text).toContain('token=abc=def\r\n.\r\nor not.');
  expect(received?.text).toMatch(/^Subject: Set a new password\r$/m);
  await expect.poll(async () => (await rows())[0]?.sent_at).toBeInstanceOf(Date);
  expect(await rows()).toMatchObject([{ attempts: 1, next_attempt_at: null, body: '' }]);
});

test('a mail of a transaction that is rolled back is never sent', async () => {
  const mailer = open();
  const work = database.db.transaction(async (tx) => {
    await mailer.send(tx, mail);
    throw new Error('no');
  });
  await expect(work).rejects.toThrow('no');
  await mailer.sendDue();
  expect(receiver.mails).toEqual([]);
});

test('of several processes one sends a mail', async () => {
  const many = [open(), open(), open()];
  for (let no = 0; no < 20; no += 1) {
    await many[0]?.send(database.db, { ...mail, recipient: `user${no}@example.com` });
  }
  await Promise.all(many.map((mailer) => mailer.sendDue()));
  const sent = receiver.mails.flatMap(({ to }) => to);
  expect(sent.toSorted()).toEqual([...new Set(sent)].toSorted());
  await expect.poll(() => receiver.mails.length).toBe(20);
});

test('a mail that is not taken for now is tried again, later each time', async () => {
  const mailer = open();
  receiver.refuse('451 later');
  await mailer.send(database.db, mail);
  await mailer.sendDue();
  const pause = `select round(extract(epoch from next_attempt_at - now()))::int as seconds
    from outbox_mail`;
  expect(await database.db.query(pause)).toEqual([{ seconds: 30 }]);
  await makeDue();
  await mailer.sendDue();
  expect(await database.db.query(pause)).toEqual([{ seconds: 120 }]);
  expect(await rows()).toMatchObject([{ attempts: 2, problem: expect.stringContaining('451') }]);
  receiver.refuse(undefined);
  await makeDue();
  await mailer.sendDue();
  expect(receiver.mails).toHaveLength(1);
});

test('a mail to an address that there is not is given up at once', async () => {
  const mailer = open();
  receiver.refuse('550 nobody here');
  await mailer.send(database.db, mail);
  await mailer.sendDue();
  expect(await rows()).toMatchObject([
    { attempts: 1, next_attempt_at: null, sent_at: null, problem: expect.stringContaining('550') },
  ]);
});

test('a mail waits for a server that is away', async () => {
  await receiver.close();
  const mailer = open();
  await mailer.send(database.db, mail);
  await mailer.sendDue();
  expect(await rows()).toMatchObject([{ attempts: 1, next_attempt_at: expect.any(Date) }]);
});

test('without a mail server a mail stays in the outbox and stands in the log', async () => {
  const lines: string[] = [];
  const log = createLog('info', { write: (line) => void lines.push(line) });
  const mailer = createMailer({ db: database.db, ids: testIds, clock: systemClock, log });
  mailers.push(mailer);
  await mailer.send(database.db, mail);
  await mailer.sendDue();
  expect(await rows()).toMatchObject([{ next_attempt_at: null, sent_at: null, body: mail.body }]);
  expect(JSON.parse(lines.join(''))).toMatchObject({
    recipient: mail.recipient,
    body: mail.body,
  });
});

test('nobody adds headers or recipients by an address or a subject', async () => {
  const mailer = open();
  await mailer.send(database.db, { ...mail, subject: 'Hello\r\nBcc: eve@example.com' });
  await mailer.sendDue();
  expect(receiver.mails[0]?.to).toEqual(['ada@example.com']);
  expect(receiver.mails[0]?.text).not.toMatch(/^Bcc:/m);
});
