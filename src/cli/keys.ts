import type { Command } from 'commander';
import { formatRowId, type Unit } from '../kernel/index.ts';
import {
  type ApiKey,
  changeKeyLimits,
  createKey,
  defaultUnitOf,
  listKeys,
  revokeKey,
} from '../tenants/index.ts';
import { addNoun, answers, type Shell } from './answer.ts';
import {
  type LimitFlags,
  limitsJson,
  limitsText,
  readLimitFlags,
  withLimitFlags,
} from './limits.ts';
import {
  ACCOUNT_FLAG,
  accountName,
  PLATFORM_FLAG,
  readKeyId,
  requireAccount,
  requirePlatform,
} from './require.ts';
import { fields, table } from './table.ts';
import { isoTime } from './values.ts';

const KEY_ID = "the key's id, as 'farebox keys list' shows it";

interface OfAccount {
  readonly platform: string;
  readonly account: string;
}

/** `farebox keys` */
export function addKeys(program: Command, shell: Shell): void {
  const noun = addNoun(program, 'keys', 'what customers call with');
  addCreate(noun, shell);
  addList(noun, shell);
  addSetLimits(noun, shell);
  addRevoke(noun, shell);
}

function addCreate(noun: Command, shell: Shell): void {
  const command = noun
    .command('create')
    .description('make a key and show it, once')
    .requiredOption(...PLATFORM_FLAG)
    .requiredOption(...ACCOUNT_FLAG)
    .option('--name <name>', 'what its owner reads', 'key')
    .option('--expires <time>', 'when it ends, in ISO 8601 (default: never)', isoTime);
  answers<OfAccount & LimitFlags & { name: string; expires?: Date }>(
    shell,
    withLimitFlags(command),
    async ({ instance, options }) => {
      const { db } = instance;
      const platform = await requirePlatform(db, options.platform);
      const account = await requireAccount(db, platform, options.account);
      const key = await createKey(db, instance, {
        platformId: platform.id,
        accountId: account.id,
        name: options.name,
        limits: readLimitFlags(options, await defaultUnitOf(db, platform.id)),
        expiresAt: options.expires,
      });
      const made = {
        key: key.text,
        id: keyId(key),
        preview: key.preview,
        platform: platform.slug,
        account: accountName(account),
      };
      const note = 'Keep the key now: it is not stored and cannot be shown again.\n';
      return { json: made, text: `${fields(made)}\n${note}` };
    },
  );
}

function addList(noun: Command, shell: Shell): void {
  const command = noun
    .command('list')
    .description("show an account's keys, newest first, without the keys themselves")
    .requiredOption(...PLATFORM_FLAG)
    .requiredOption(...ACCOUNT_FLAG);
  answers<OfAccount>(shell, command, async ({ instance: { db }, options }) => {
    const platform = await requirePlatform(db, options.platform);
    const account = await requireAccount(db, platform, options.account);
    const unit = await defaultUnitOf(db, platform.id);
    const keys = await listKeys(db, platform.id, account.id);
    const rows = keys.map((key) => [
      keyId(key),
      key.name,
      key.preview,
      key.status,
      key.expiresAt,
      limitsText(key.limits, unit),
    ]);
    const headings = ['id', 'name', 'preview', 'status', 'expires', 'limits'];
    const json = { data: keys.map((key) => keyJson(key, unit)) };
    return { json, text: table(headings, rows, 'No keys.') };
  });
}

function addSetLimits(noun: Command, shell: Shell): void {
  const command = noun
    .command('set-limits')
    .description("change a key's limits; the others stay, 'none' ends one")
    .argument('<id>', KEY_ID)
    .requiredOption(...PLATFORM_FLAG);
  answers<{ platform: string } & LimitFlags>(
    shell,
    withLimitFlags(command),
    async ({ instance: { db }, options, args: [text = ''] }) => {
      const platform = await requirePlatform(db, options.platform);
      const unit = await defaultUnitOf(db, platform.id);
      const changes = readLimitFlags(options, unit);
      const key = await changeKeyLimits(db, platform.id, readKeyId(text), changes);
      const limits = limitsText(key.limits, unit);
      return {
        json: keyJson(key, unit),
        text: fields({ id: keyId(key), preview: key.preview, limits }),
      };
    },
  );
}

function addRevoke(noun: Command, shell: Shell): void {
  const command = noun
    .command('revoke')
    .description('end a key for good; calls under way go on')
    .argument('<id>', KEY_ID)
    .requiredOption(...PLATFORM_FLAG);
  answers<{ platform: string }>(
    shell,
    command,
    async ({ instance: { db }, options, args: [text = ''] }) => {
      const platform = await requirePlatform(db, options.platform);
      const key = await revokeKey(db, platform.id, readKeyId(text));
      const json = keyJson(key, await defaultUnitOf(db, platform.id));
      return { json, text: `${keyId(key)} (${key.preview}) is revoked.\n` };
    },
  );
}

const keyId = ({ id }: ApiKey) => formatRowId('key', id);

function keyJson(key: ApiKey, unit: Unit) {
  return {
    id: keyId(key),
    account: formatRowId('acc', key.accountId),
    name: key.name,
    preview: key.preview,
    status: key.status,
    limits: limitsJson(key.limits, unit),
    expires_at: key.expiresAt?.toISOString() ?? null,
    created_at: key.createdAt.toISOString(),
  };
}
