import { type Command, Option } from 'commander';
import type { Queryable } from '../db/index.ts';
import type { Unit } from '../kernel/index.ts';
import {
  type ApiKey,
  changeKey,
  createKey,
  defaultUnitOf,
  findKey,
  listKeys,
  MOST_GRACE_SECONDS,
  revokeKey,
  rotateKey,
} from '../tenants/index.ts';
import { addNoun, answers, type Shell, type Task } from './answer.ts';
import { type KeyFlags, keyId, keyJson, keyText, readKeyFlags, withKeyFlags } from './key-flags.ts';
import { type LimitFlags, limitsText, readLimitFlags, withLimitFlags } from './limits.ts';
import {
  ACCOUNT_FLAG,
  accountName,
  PLATFORM_FLAG,
  readKeyId,
  requireAccount,
  requirePlatform,
} from './require.ts';
import { fields, table } from './table.ts';
import { wholeNumber } from './values.ts';

const KEY_ID = "the key's id, as 'farebox keys list' shows it";
const KEEP = 'Keep the key now: it is not stored and cannot be shown again.\n';

interface OfPlatform {
  readonly platform: string;
}

/** `farebox keys` */
export function addKeys(program: Command, shell: Shell): void {
  const noun = addNoun(program, 'keys', 'what customers call with');
  addCreate(noun, shell);
  addList(noun, shell);
  addShow(noun, shell);
  addUpdate(noun, shell);
  addRotate(noun, shell);
  addRevoke(noun, shell);
}

function addCreate(noun: Command, shell: Shell): void {
  const command = noun
    .command('create')
    .description('make a key and show it, once')
    .requiredOption(...PLATFORM_FLAG)
    .requiredOption(...ACCOUNT_FLAG)
    .option('--name <name>', 'what its owner reads', 'key')
    .option('--test', 'its calls go to the demo provider and cost nothing');
  type Flags = OfPlatform & KeyFlags & LimitFlags & { account: string; name: string };
  answers<Flags & { test?: true }>(
    shell,
    withLimitFlags(withKeyFlags(command)),
    async ({ instance, options, perform }) => {
      const { db } = instance;
      const platform = await requirePlatform(db, options.platform);
      const account = await requireAccount(db, platform, options.account);
      const unit = await defaultUnitOf(db, platform.id);
      const limits = readLimitFlags(options, unit);
      const of = { platformId: platform.id, accountId: account.id, name: options.name };
      const asked = { ...readKeyFlags(options), ...of, isTest: options.test, limits };
      const key = await perform(async (tx) => {
        const created = await createKey(tx, instance, asked);
        const after = keyJson(created, unit);
        const act = { platformId: platform.id, action: 'key.create', subject: after.id, after };
        return { ...created, act };
      });
      const made = {
        key: key.text,
        id: keyId(key),
        preview: key.preview,
        platform: platform.slug,
        account: accountName(account),
      };
      return { json: made, text: `${fields(made)}\n${KEEP}` };
    },
  );
}

function addList(noun: Command, shell: Shell): void {
  const command = noun
    .command('list')
    .description("show a platform's keys, newest first, without the keys themselves")
    .requiredOption(...PLATFORM_FLAG)
    .option('--account <mail>', 'only keys of this account: its mail address or id')
    .addOption(
      new Option('--status <status>', 'only such keys').choices(['active', 'expired', 'revoked']),
    );
  type Flags = OfPlatform & { account?: string; status?: ApiKey['status'] };
  answers<Flags>(shell, command, async ({ instance: { db }, options }) => {
    const platform = await requirePlatform(db, options.platform);
    const account =
      options.account === undefined
        ? undefined
        : await requireAccount(db, platform, options.account);
    const unit = await defaultUnitOf(db, platform.id);
    const filter = { accountId: account?.id, status: options.status };
    const keys = await listKeys(db, platform.id, filter);
    const rows = keys.map((key) => [
      keyId(key),
      key.name,
      key.preview,
      key.isTest ? `${key.status}, test` : key.status,
      key.expiresAt,
      key.lastUsedAt,
      limitsText(key.limits, unit),
    ]);
    const headings = ['id', 'name', 'preview', 'status', 'expires', 'last used', 'limits'];
    const json = { data: keys.map((key) => keyJson(key, unit)) };
    return { json, text: table(headings, rows, 'No keys.') };
  });
}

function addShow(noun: Command, shell: Shell): void {
  const command = noun
    .command('show')
    .description('show a key, without the key itself')
    .argument('<id>', KEY_ID)
    .requiredOption(...PLATFORM_FLAG);
  answers<OfPlatform>(shell, command, async ({ instance: { db }, options, args: [id = ''] }) => {
    const platform = await requirePlatform(db, options.platform);
    const unit = await defaultUnitOf(db, platform.id);
    const key = await findKey(db, platform.id, readKeyId(id));
    return { json: keyJson(key, unit), text: fields(keyText(key, unit)) };
  });
}

function addUpdate(noun: Command, shell: Shell): void {
  const command = noun
    .command('update')
    .description("change a key; what is not given stays, 'none' ends a limit")
    .argument('<id>', KEY_ID)
    .requiredOption(...PLATFORM_FLAG)
    .option('--name <name>', 'what its owner reads');
  answers<OfPlatform & KeyFlags & LimitFlags>(
    shell,
    withLimitFlags(withKeyFlags(command)),
    async (task) => {
      const { options } = task;
      const { key, unit } = await change(task, 'key.update', (tx, of) => {
        const limits = readLimitFlags(options, of.unit);
        return changeKey(tx, of.platformId, of.keyId, { ...readKeyFlags(options), limits });
      });
      return { json: keyJson(key, unit), text: fields(keyText(key, unit)) };
    },
  );
}

function addRotate(noun: Command, shell: Shell): void {
  const command = noun
    .command('rotate')
    .description('give a key another text and show that, once; limits and what was spent stay')
    .argument('<id>', KEY_ID)
    .requiredOption(...PLATFORM_FLAG)
    .option(
      '--grace <seconds>',
      'how long the text until now still works',
      wholeNumber(0, MOST_GRACE_SECONDS),
      0,
    );
  answers<OfPlatform & { grace: number }>(shell, command, async (task) => {
    const { instance, options } = task;
    const { key: rotated, unit } = await change(task, 'key.rotate', (tx, of) =>
      rotateKey(tx, instance, of.platformId, of.keyId, options.grace),
    );
    const { text, ...key } = rotated;
    const shown = fields({ key: text, ...keyText(key, unit) });
    return { json: { key: text, ...keyJson(key, unit) }, text: `${shown}\n${KEEP}` };
  });
}

function addRevoke(noun: Command, shell: Shell): void {
  const command = noun
    .command('revoke')
    .description('end a key for good; calls under way go on')
    .argument('<id>', KEY_ID)
    .requiredOption(...PLATFORM_FLAG);
  answers<OfPlatform>(shell, command, async (task) => {
    const { key, unit } = await change(task, 'key.revoke', (tx, of) =>
      revokeKey(tx, of.platformId, of.keyId),
    );
    const text = `${keyId(key)} (${key.preview}) is revoked.\n`;
    return { json: keyJson(key, unit), text };
  });
}

interface OfKey {
  readonly platformId: bigint;
  readonly keyId: bigint;
  readonly unit: Unit;
}

/** Changes the key that a command names, and puts that on record. */
async function change<K extends ApiKey>(
  { instance: { db }, options, args: [id = ''], perform }: Task<OfPlatform>,
  action: string,
  alter: (tx: Queryable, of: OfKey) => Promise<K>,
): Promise<{ readonly key: K; readonly unit: Unit }> {
  const { id: platformId } = await requirePlatform(db, options.platform);
  const of = { platformId, keyId: readKeyId(id), unit: await defaultUnitOf(db, platformId) };
  return perform(async (tx) => {
    const before = keyJson(await findKey(tx, platformId, of.keyId), of.unit);
    const key = await alter(tx, of);
    const after = keyJson(key, of.unit);
    return { act: { platformId, action, subject: after.id, before, after }, key, unit: of.unit };
  });
}
