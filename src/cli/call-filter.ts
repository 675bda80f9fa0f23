import { type Command, Option } from 'commander';
import type { Queryable } from '../db/index.ts';
import type { CallFilter, Outcome } from '../metering/index.ts';
import { findKey, type Platform } from '../tenants/index.ts';
import {
  PLATFORM_FLAG,
  readKeyId,
  requireAccount,
  requirePlatform,
  requireProduct,
} from './require.ts';
import { isoTime, wholeNumber } from './values.ts';

/** The flags that say which calls a command is about. */
export interface FilterFlags {
  readonly platform: string;
  readonly account?: string;
  readonly key?: string;
  readonly model?: string;
  readonly status?: Outcome;
  readonly from?: Date;
  readonly until?: Date;
}

/** What only the calls themselves say, and no sum. */
export interface CallFlags extends FilterFlags {
  readonly httpStatus?: number;
  readonly streamed?: boolean;
  readonly estimated?: boolean;
}

const OUTCOMES: readonly Outcome[] = ['settled', 'released', 'expired'];

export function withFilterFlags(command: Command): Command {
  return command
    .requiredOption(...PLATFORM_FLAG)
    .option('--account <mail>', "only this account's, by its mail address or id")
    .option('--key <id>', 'only those made with this key')
    .option('--model <slug>', 'only those for this model')
    .addOption(new Option('--status <status>', 'only those that ended so').choices(OUTCOMES))
    .option('--from <time>', 'only those that began at this time or later', isoTime)
    .option('--until <time>', 'only those that began before this time', isoTime);
}

/** The same, and what goes for single calls only. */
export function withCallFlags(command: Command): Command {
  return withFilterFlags(command)
    .option('--http-status <number>', 'only those answered with it', wholeNumber(100, 599))
    .option('--streamed', 'only those that were streamed')
    .option('--no-streamed', 'only those that were not')
    .option('--estimated', 'only those whose usage was counted here')
    .option('--no-estimated', 'only those whose usage was reported');
}

/** The filter that the flags mean. Faults say which of the things named does not exist. */
export async function readFilter(
  db: Queryable,
  flags: CallFlags,
): Promise<{ platform: Platform; filter: CallFilter }> {
  const platform = await requirePlatform(db, flags.platform);
  const { account, key, model, status: outcome, from, until } = flags;
  const { httpStatus, streamed, estimated } = flags;
  const ofKey = key === undefined ? undefined : await findKey(db, platform.id, readKeyId(key));
  const accountId =
    account === undefined ? ofKey?.accountId : (await requireAccount(db, platform, account)).id;
  const productId = model === undefined ? undefined : await requireProduct(db, platform, model);
  const ofCalls = { httpStatus, streamed, estimated };
  const all = { accountId, keyId: ofKey?.id, productId, outcome, from, until, ...ofCalls };
  const given = Object.entries(all).filter(([, value]) => value !== undefined);
  return { platform, filter: { platformId: platform.id, ...Object.fromEntries(given) } };
}
