import type { z } from '@hono/zod-openapi';
import { InvalidRequest } from '../../../http/index.ts';
import { assert, formatAmount } from '../../../kernel/index.ts';
import * as metering from '../../../metering/index.ts';
import { findPlatformById } from '../../../tenants/index.ts';
import { readCallFilter } from '../call-filter.ts';
import type { Manage } from '../manage.ts';
import * as contract from './contract.ts';

type Group = (typeof contract.GROUPS)[number];

export function mountUsage(manage: Manage): void {
  manage.mount(contract.getUsage, async (c, act) => {
    const { group_by, sort, limit, after, format, ...query } = c.req.valid('query');
    const groups = readGroups(group_by);
    const question: metering.UsageQuestion = {
      by: groups.map((group) => (group === 'product' ? 'model' : group)),
      order: sort === 'cost' ? 'charge' : 'parts',
      limit,
      ...(after !== undefined && { after: Buffer.from(after, 'base64url').toString() }),
    };
    if (question.after !== undefined && !metering.isUsageCursor(question.after, question)) {
      throw invalid('after', 'is the last id of an earlier page of the same question');
    }
    const filter = await readCallFilter(act, query);
    const { rows, totals, hasMore } = await metering.readUsage(act.tx, filter, question);
    if (format === 'csv') return csv(metering.usageCsv(question.by, rows));
    const data = rows.map((row) => groupBody(groups, row));
    const platform = await findPlatformById(act.tx, act.platformId);
    assert(platform !== undefined, 'who asks is of a platform');
    const body = {
      object: 'list' as const,
      time_zone: platform.timeZone,
      data,
      total: totals.map(sumsBody),
      has_more: hasMore,
      first_id: data[0]?.id ?? null,
      last_id: data.at(-1)?.id ?? null,
    };
    return c.json(body, 200);
  });
}

function readGroups(text: string | undefined): Group[] {
  const given = text === undefined ? [] : text.split(',');
  const known = given.filter((name) => (contract.GROUPS as readonly string[]).includes(name));
  if (known.length === given.length && new Set(given).size === given.length) {
    return known as Group[];
  }
  throw invalid('group_by', `takes ${contract.GROUPS.join(', ')}, each once`);
}

const invalid = (path: string, message: string) => new InvalidRequest([{ path, message }]);

function groupBody(groups: readonly Group[], row: metering.UsageRow) {
  const named = groups.map((group) => {
    const part = group === 'product' ? 'model' : group;
    return [group, metering.partName(part, row.parts[part] ?? '')] as const;
  });
  return {
    id: Buffer.from(row.cursor).toString('base64url'),
    object: 'usage_group' as const,
    ...(Object.fromEntries(named) as Record<string, string>),
    ...(row.account !== undefined && { account_name: row.account }),
    ...sumsBody(row),
  };
}

/** Sums as they are shown. */
function sumsBody(sums: metering.UsageSums): Sums {
  const [cost, price] = [sums.charge, sums.price].map((each) => formatAmount(each, sums.scale));
  return {
    calls: Number(sums.calls),
    input: Number(sums.input),
    output: Number(sums.output),
    cached_input: Number(sums.cachedInput),
    other_tokens: Number(sums.otherTokens),
    unit: sums.unit,
    cost: Number(cost),
    cost_exact: cost ?? '',
    price: Number(price),
    price_exact: price ?? '',
  };
}

type Sums = z.input<typeof contract.UsageTotal>;

function csv(text: string) {
  const headers = {
    'content-type': 'text/csv; charset=utf-8; header=present',
    'content-disposition': 'attachment; filename="usage.csv"',
  };
  return new Response(text, { headers }) as never;
}
