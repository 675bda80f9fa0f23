import type { Command } from 'commander';
import {
  createUser,
  findUserByMail,
  listSessions,
  revokeSessions,
  type User,
} from '../auth/index.ts';
import type { Queryable } from '../db/index.ts';
import { Fault } from '../kernel/index.ts';
import { addAccountMember, findAccount, isOnPlatform, type Platform } from '../tenants/index.ts';
import { addNoun, answers, type Shell } from './answer.ts';
import type { Instance } from './host.ts';
import { requireUser, sessionsOf } from './people.ts';
import { PLATFORM_FLAG, requirePlatform } from './require.ts';
import { fields, table } from './table.ts';

const USER_FLAG = ['--user <mail>', "the user's mail address"] as const;

/** `farebox sessions` */
export function addSessions(program: Command, shell: Shell): void {
  const noun = addNoun(program, 'sessions', 'what people are signed in with');
  addCreate(noun, shell);
  addList(noun, shell);
  addRevoke(noun, shell);
}

function addCreate(noun: Command, shell: Shell): void {
  const command = noun
    .command('create')
    .description(
      'sign a user in and show the cookie and the bearer token, once; who is not a user yet is ' +
        "made one when the platform has an account with that address, as the account's member",
    )
    .requiredOption(...PLATFORM_FLAG)
    .requiredOption(...USER_FLAG);
  answers<{ platform: string; user: string }>(shell, command, async (task) => {
    const { instance, options, perform } = task;
    const platform = await requirePlatform(instance.db, options.platform);
    const sessions = sessionsOf(instance, shell, command);
    const { user, started } = await perform(async (tx) => {
      const one = await userOfPlatform(tx, instance, platform, options.user);
      const act = { platformId: platform.id, action: 'session.create', subject: one.mail };
      return { act, user: one, started: await sessions.createSession(one.id, tx) };
    });
    const json = {
      user: user.mail,
      platform: platform.slug,
      cookie: started.cookie,
      token: started.token,
      expires_at: started.expiresAt.toISOString(),
    };
    const note = 'Keep them to yourself: who has one of the two is that user.\n';
    return { json, text: `${fields(json)}\n${note}` };
  });
}

/** The user who is to be signed in, made and let in where the account of that address is there. */
async function userOfPlatform(
  tx: Queryable,
  { random }: Instance,
  { id: platformId, slug }: Platform,
  mail: string,
): Promise<User> {
  const account = await findAccount(tx, platformId, { mail });
  const known = await findUserByMail(tx, mail);
  if (known !== undefined && (await isOnPlatform(tx, platformId, known.id))) return known;
  if (account === undefined) {
    throw new Fault({
      code: 'user_not_found',
      status: 404,
      param: 'user',
      message:
        `On the platform '${slug}' there is neither a user nor an account with the address ` +
        `'${mail}'. 'farebox users create' lets a user in.`,
    });
  }
  const user = known ?? (await createUser(tx, random, { mail, isVerified: true }));
  await addAccountMember(tx, { platformId, accountId: account.id, userId: user.id });
  return user;
}

function addList(noun: Command, shell: Shell): void {
  const command = noun
    .command('list')
    .description('show the open sessions of a user, newest first')
    .requiredOption(...USER_FLAG);
  answers<{ user: string }>(shell, command, async ({ instance: { db }, options }) => {
    const user = await requireUser(db, options.user);
    const sessions = await listSessions(db, user.id);
    const headings = ['id', 'began', 'ends', 'address', 'program'];
    const rows = sessions.map((one) => [
      one.id,
      one.createdAt,
      one.expiresAt,
      one.address,
      one.userAgent,
    ]);
    const data = sessions.map((one) => ({
      id: one.id,
      created_at: one.createdAt.toISOString(),
      expires_at: one.expiresAt.toISOString(),
      address: one.address,
      user_agent: one.userAgent,
    }));
    return { json: { data }, text: table(headings, rows, 'No open sessions.') };
  });
}

function addRevoke(noun: Command, shell: Shell): void {
  const command = noun
    .command('revoke')
    .description('end one session of a user, or all of them')
    .argument('[id]', "the session's id (default: all of the user's)")
    .requiredOption(...USER_FLAG);
  answers<{ user: string }>(shell, command, async ({ instance, options, args: [id], perform }) => {
    const user = await requireUser(instance.db, options.user);
    const { revoked } = await perform(async (tx) => {
      const act = { platformId: null, action: 'session.revoke', subject: user.mail };
      return { act, revoked: await revokeSessions(tx, user.id, id) };
    });
    if (id !== undefined && revoked === 0) {
      throw new Fault({
        code: 'session_not_found',
        status: 404,
        message: `${user.mail} has no open session with that id.`,
      });
    }
    const json = { user: user.mail, revoked };
    return { json, text: fields(json) };
  });
}
