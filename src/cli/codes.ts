import type { Command } from 'commander';
import { createCodes, listCodes, type RedemptionCode, revokeCode } from '../catalog/index.ts';
import { Fault, formatAmount, formatRowId, parseRowId } from '../kernel/index.ts';
import { listUnits, type Platform, unitNamed } from '../tenants/index.ts';
import { addNoun, answers, type Shell } from './answer.ts';
import { PLATFORM_FLAG, requirePlatform } from './require.ts';
import { fields, table } from './table.ts';
import { isoTime, readAmount, wholeNumber } from './values.ts';

interface OnPlatform {
  readonly platform: string;
}

interface CreateOptions extends OnPlatform {
  readonly amount: string;
  readonly unit: string;
  readonly count: number;
  readonly prefix: string;
  readonly uses: number;
  readonly expires?: Date;
  readonly note?: string;
}

/** `farebox codes` */
export function addCodes(program: Command, shell: Shell): void {
  const noun = addNoun(program, 'codes', 'codes that customers redeem');
  addCreate(noun, shell);
  addList(noun, shell);
  addRevoke(noun, shell);
}

function addCreate(noun: Command, shell: Shell): void {
  const command = noun
    .command('create')
    .description('make codes; they are shown once')
    .requiredOption(...PLATFORM_FLAG)
    .requiredOption('--amount <decimal>', 'what each gives, in whole units')
    .requiredOption('--unit <code>', 'of what')
    .option('--count <number>', 'so many', wholeNumber(1, 1_000), 1)
    .option('--prefix <text>', 'what each begins with', 'FB')
    .option('--uses <number>', 'by so many accounts', wholeNumber(1, 1_000_000_000), 1)
    .option('--expires <time>', 'until when, in ISO 8601', isoTime)
    .option('--note <text>', 'for yourself');
  answers<CreateOptions>(shell, command, async ({ instance, options, perform }) => {
    const { db } = instance;
    const platform = await requirePlatform(db, options.platform);
    const unit = unitNamed(await listUnits(db, platform.id), options.unit);
    const { count, prefix, uses: maxUses, expires: expiresAt = null, note = null } = options;
    const { codes } = await perform(async (tx) => {
      const created = await createCodes(tx, instance, {
        ...{ platformId: platform.id, count, prefix, maxUses, oncePerAccount: true },
        ...{ unit: unit.code, amount: readAmount(options.amount, unit, 'amount') },
        ...{ expiresAt, note },
      });
      const shown = created.map(({ text: _, ...code }) => codeJson(platform, code));
      const subject = shown[0]?.id;
      const after = { count: shown.length, codes: shown.map(({ preview }) => preview) };
      const act = { platformId: platform.id, action: 'code.create', subject, after };
      return { act, codes: created };
    });
    const data = codes.map(({ text, ...code }) => ({ ...codeJson(platform, code), code: text }));
    return { json: { data }, text: codes.map(({ text }) => `${text}\n`).join('') };
  });
}

function addList(noun: Command, shell: Shell): void {
  const command = noun
    .command('list')
    .description("show a platform's codes, newest first")
    .requiredOption(...PLATFORM_FLAG)
    .option('--limit <number>', 'at most this many', wholeNumber(1, 10_000), 100)
    .option('--before <id>', 'only those before this code');
  answers<OnPlatform & { limit: number; before?: string }>(
    shell,
    command,
    async ({ instance: { db }, options }) => {
      const platform = await requirePlatform(db, options.platform);
      const before = options.before === undefined ? undefined : readCodeId(options.before);
      const found = await listCodes(db, platform.id, { before, limit: options.limit + 1 });
      const data = found.slice(0, options.limit).map((code) => codeJson(platform, code));
      const rows = data.map((one) => [
        ...[one.id, one.preview, `${one.amount} ${one.unit}`, `${one.uses} of ${one.max_uses}`],
        ...[one.status, one.expires_at, one.note],
      ]);
      const headings = ['id', 'code', 'gives', 'used', 'status', 'expires', 'note'];
      const hasMore = found.length > options.limit;
      return { json: { data, has_more: hasMore }, text: table(headings, rows, 'No codes.') };
    },
  );
}

function addRevoke(noun: Command, shell: Shell): void {
  const command = noun
    .command('revoke')
    .description('end a code; what it gave stays')
    .argument('<code>', 'its id')
    .requiredOption(...PLATFORM_FLAG);
  answers<OnPlatform>(shell, command, async (task) => {
    const {
      instance: { db },
      options,
      args: [id = ''],
      perform,
    } = task;
    const platform = await requirePlatform(db, options.platform);
    const { json } = await perform(async (tx) => {
      const after = codeJson(platform, await revokeCode(tx, platform.id, readCodeId(id)));
      const act = { platformId: platform.id, action: 'code.revoke', subject: after.id, after };
      return { act, json: after };
    });
    return { json, text: fields(json) };
  });
}

function codeJson(platform: Platform, code: RedemptionCode) {
  return {
    id: formatRowId('rdc', code.id),
    platform: platform.slug,
    preview: code.preview,
    amount: formatAmount(code.amount, code.scale),
    unit: code.unit,
    uses: code.uses,
    max_uses: code.maxUses,
    status: code.status,
    expires_at: code.expiresAt?.toISOString() ?? null,
    note: code.note,
    created_at: code.createdAt.toISOString(),
  };
}

/** The id of a code. Fault: `invalid_id` (422); a code in its place is not repeated. */
function readCodeId(text: string): bigint {
  const id = parseRowId('rdc', text);
  if (id !== undefined) return id;
  const message =
    "This is not the id of a code. 'farebox codes list' shows it: it begins with rdc_.";
  throw new Fault({ code: 'invalid_id', status: 422, message });
}
