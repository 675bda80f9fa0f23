import type { AppOptions } from '../app.ts';
import { createSessions, forgetOldSessions, type Sessions } from '../auth/index.ts';
import type { Instance } from '../instance.ts';
import { startUpkeep } from '../ledger/index.ts';
import { createMailer } from '../notices/index.ts';
import { forgetOldActs } from '../routes/index.ts';
import type { Closers } from './open-books.ts';

const FORGET_EVERY_MS = 3_600_000;

/** Opens what people sign in with, the mails to them, and the upkeep of what they did. */
export function openPeople(
  instance: Instance,
  { smtp, providers }: AppOptions,
  publicUrl: () => string,
  closers: Closers,
): Sessions {
  const mailer = createMailer({ ...instance, smtp });
  closers.push(() => mailer.close());
  const sessions = createSessions({ ...instance, mailer, providers, publicUrl });
  closers.push(() => sessions.close());
  const forget = async () => {
    await forgetOldActs(instance.db);
    await forgetOldSessions(instance.db);
  };
  const upkeep = startUpkeep({ ...instance, everyMs: FORGET_EVERY_MS, work: forget });
  closers.push(() => upkeep.stop());
  return sessions;
}
