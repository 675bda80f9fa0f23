import { createSessions } from '../src/auth/index.ts';
import type { ManagedApp } from '../src/http/index.ts';
import { createMailer } from '../src/notices/index.ts';
import { openLedger } from './books.ts';
import { type ManageApi, openPlatform, signIn } from './manage-api.ts';
import { type Serving, startServing } from './serving.ts';

/** The management API of an instance that really serves, with people to sign in as. */
export interface ServedManage extends ManageApi {
  readonly serving: Serving;
  readonly url: string;
}

export async function openServedManage(): Promise<ServedManage> {
  const serving = await startServing();
  const { db, instance, url } = serving;
  const ledger = await openLedger(db);
  const mailer = createMailer({ ...instance, smtp: undefined });
  const sessions = createSessions({ ...instance, mailer, publicUrl: () => url });
  // Of an app the clients of these tests only ask.
  const app = {
    request: (path: string, init?: RequestInit) => fetch(`${url}${path}`, init),
  } as unknown as ManagedApp;
  const openUser = (mail?: string) => signIn(sessions, app, mail);
  return {
    serving,
    url,
    db,
    app,
    ledger,
    dns: new Map(),
    sendMail: (mail) => mailer.send(db, { ...mail, kind: 'notice', body: 'text' }),
    openUser,
    openOperator: async () => {
      const client = await openUser();
      await db.query('insert into operator (user_id) values ($1)', [client.userId]);
      return client;
    },
    openPlatform: () => openPlatform(db, openUser),
    close: async () => {
      await sessions.close();
      await mailer.close();
      await ledger.close();
      await serving.close();
    },
  };
}
