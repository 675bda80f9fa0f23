import type { Command } from 'commander';
import type { Queryable } from '../db/index.ts';
import { formatRowId, type Unit } from '../kernel/index.ts';
import {
  createPlatform,
  listPlatforms,
  listUnits,
  type Platform,
  type Status,
  setPlatformStatus,
} from '../tenants/index.ts';
import { type Answer, addNoun, answers, type Shell } from './answer.ts';
import { requirePlatform } from './require.ts';
import { fields, table } from './table.ts';
import { addUnit } from './values.ts';

/** `farebox platforms` */
export function addPlatforms(program: Command, shell: Shell): void {
  const noun = addNoun(program, 'platforms', 'tenants, each with customers and prices of its own');
  addCreate(noun, shell);
  const list = noun.command('list').description('show all platforms');
  answers(shell, list, async ({ instance: { db } }) => {
    const [platforms, units] = [await listPlatforms(db), await listUnits(db)];
    const ofPlatform = (id: bigint) => units.filter(({ platformId }) => platformId === id);
    const text = table(
      ['slug', 'name', 'status', 'key prefix', 'units', 'time zone'],
      platforms.map((one) => [
        one.slug,
        one.name,
        one.status,
        one.keyPrefix,
        writeUnits(one, ofPlatform(one.id)),
        one.timeZone,
      ]),
      "No platforms. 'farebox platforms create' opens one.",
    );
    return { json: { data: platforms.map((one) => platformJson(one, ofPlatform(one.id))) }, text };
  });
  addStatus(noun, shell, 'suspend', 'suspended', 'admit no call of any of its accounts');
  addStatus(noun, shell, 'resume', 'active', 'let a suspended platform go on');
}

function addCreate(noun: Command, shell: Shell): void {
  const command = noun
    .command('create')
    .description('open a platform')
    .requiredOption('--slug <slug>', 'small letters, digits and hyphens')
    .requiredOption('--name <name>', 'what people read')
    .requiredOption('--key-prefix <prefix>', "what its keys begin with, such as 'sk-fb-'")
    .requiredOption(
      '--unit <code:scale>',
      'what its wallets count and with how many decimals; repeatable, the first is the default',
      addUnit,
    )
    .option('--time-zone <name>', 'where its days and months begin (default: UTC)');
  answers<{
    slug: string;
    name: string;
    keyPrefix: string;
    unit: [Unit, ...Unit[]];
    timeZone?: string;
  }>(shell, command, async ({ instance: { db, ids }, options, perform }) => {
    const { slug, name, keyPrefix, unit: units, timeZone } = options;
    const platform = { slug, name, keyPrefix, units, ...(timeZone && { timeZone }) };
    const { opened } = await perform(async (tx) => {
      const created = await createPlatform(tx, ids, platform);
      const after = platformJson(created, await listUnits(tx, created.id));
      const act = { platformId: created.id, action: 'platform.create', subject: after.id, after };
      return { act, opened: created };
    });
    return platformAnswer(db, opened);
  });
}

function addStatus(
  noun: Command,
  shell: Shell,
  verb: string,
  status: Status,
  description: string,
): void {
  const command = noun.command(verb).description(description).argument('<slug>', 'the platform');
  answers(shell, command, async ({ instance: { db }, args, perform }) => {
    const { changed } = await perform(async (tx) => {
      const platform = await requirePlatform(tx, args[0] ?? '');
      const altered = await setPlatformStatus(tx, platform.id, status);
      const act = {
        ...{ platformId: platform.id, action: `platform.${verb}` },
        subject: formatRowId('plt', platform.id),
        before: { status: platform.status },
        after: { status: altered.status },
      };
      return { act, changed: altered };
    });
    return platformAnswer(db, changed);
  });
}

async function platformAnswer(db: Queryable, platform: Platform): Promise<Answer> {
  const units = await listUnits(db, platform.id);
  const text = fields({
    platform: platform.slug,
    name: platform.name,
    status: platform.status,
    'key prefix': platform.keyPrefix,
    units: writeUnits(platform, units),
    'time zone': platform.timeZone,
  });
  return { json: platformJson(platform, units), text };
}

function platformJson(platform: Platform, units: readonly Unit[]) {
  return {
    id: formatRowId('plt', platform.id),
    slug: platform.slug,
    name: platform.name,
    status: platform.status,
    key_prefix: platform.keyPrefix,
    default_unit: platform.defaultUnit,
    units: units.map(({ code, scale }) => ({ code, scale })),
    time_zone: platform.timeZone,
    default_output_tokens: platform.defaultOutputTokens,
  };
}

/** The default unit first. */
function writeUnits({ defaultUnit }: Platform, units: readonly Unit[]): string {
  return [...units]
    .sort((left, right) => Number(right.code === defaultUnit) - Number(left.code === defaultUnit))
    .map(({ code, scale }) => `${code}:${scale}`)
    .join(' ');
}
