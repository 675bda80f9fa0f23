import type { Command } from 'commander';
import { createSessions, findUserByMail, type Sessions, type User } from '../auth/index.ts';
import type { Queryable } from '../db/index.ts';
import { localOrigin } from '../http/index.ts';
import { Fault } from '../kernel/index.ts';
import { createOutbox } from '../notices/index.ts';
import { type Shell, settingFlags } from './answer.ts';
import type { Instance } from './host.ts';

/** Where people reach the instance that a command works on, as its settings say. */
export function publicUrlOf(shell: Shell, command: Command): string {
  const { config } = shell.host.checkConfig(settingFlags(command));
  return config?.publicUrl ?? localOrigin(config?.host ?? '127.0.0.1', config?.port ?? 3000);
}

/** The sessions of the instance that a command works on. */
export function sessionsOf(instance: Instance, shell: Shell, command: Command): Sessions {
  const { config } = shell.host.checkConfig(settingFlags(command));
  const mailer = createOutbox({ ...instance, hasServer: config?.smtp !== undefined });
  const publicUrl = publicUrlOf(shell, command);
  return createSessions({ ...instance, mailer, publicUrl: () => publicUrl });
}

/** The user with that address. Fault: `user_not_found` (404). */
export async function requireUser(db: Queryable, mail: string): Promise<User> {
  const user = await findUserByMail(db, mail);
  if (user !== undefined) return user;
  throw new Fault({
    code: 'user_not_found',
    status: 404,
    param: 'user',
    message: `There is no user with the address '${mail}'. 'farebox users create' makes one.`,
  });
}

/** A user as it is shown. */
export function userJson({ id, mail, name, isVerified, createdAt }: User) {
  return { id, mail, name, verified: isVerified, created_at: createdAt.toISOString() };
}
