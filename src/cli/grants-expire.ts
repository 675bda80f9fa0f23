import type { Command } from 'commander';
import { Fault, formatRowId, parseRowId } from '../kernel/index.ts';
import { endGrant, findGrant } from '../ledger/index.ts';
import { answers, type Shell } from './answer.ts';
import { grantJson } from './grants-list.ts';
import { PLATFORM_FLAG, requirePlatform } from './require.ts';
import { fields } from './table.ts';

/** `farebox grants expire` */
export function addExpire(noun: Command, shell: Shell): void {
  const command = noun
    .command('expire')
    .description('end a grant now; what running calls may still draw of it stays until they end')
    .argument('<grant>', 'its id, from a list')
    .requiredOption(...PLATFORM_FLAG)
    .requiredOption('--reason <text>', 'why; kept on record');
  answers<{ platform: string; reason: string }>(
    shell,
    command,
    async ({ instance: { db }, options, args: [text = ''], perform }) => {
      const { id: platformId } = await requirePlatform(db, options.platform);
      const grantId = parseRowId('grt', text);
      if (grantId === undefined) throw notAGrant(text);
      const { json } = await perform(async (tx) => {
        const before = await findGrant(tx, platformId, grantId);
        await endGrant(tx, platformId, grantId);
        const after = await findGrant(tx, platformId, grantId);
        if (before === undefined || after === undefined) throw notAGrant(text);
        const act = {
          ...{ platformId, action: 'grant.expire', reason: options.reason },
          subject: formatRowId('acc', after.accountId),
          before: grantJson(before),
          after: grantJson(after),
        };
        return { act, json: grantJson(after) };
      });
      return { json, text: fields(json) };
    },
  );
}

function notAGrant(text: string): Fault {
  const message = `'${text}' is not the id of a grant. Take it from a list.`;
  return new Fault({ code: 'invalid_id', status: 422, param: 'grant', message });
}
