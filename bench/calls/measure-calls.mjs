// What a page of the log of calls and a page of usage take when there are ten million calls.
import { openHistory } from '../history/open-history.mjs';
import { openServer } from '../machine/database-server.mjs';
import { drawQuestions } from './questions.mjs';

const FULL = { calls: 10_000_000, accounts: 100_000, questions: 400 };
const QUICK = { calls: 50_000, accounts: 1_000, questions: 60 };
const PAGE = 50;
/** Of so many questions the sums are compared with what the calls themselves add up to. */
const COMPARED = 5;

/** `samples` (a question's kind and its times), how much there was, and what it took to seal it. */
export async function measureCalls({ rooms, options, say }) {
  const { questions: count, ...size } = options.quick ? QUICK : FULL;
  const server = await openServer(rooms, options.databaseUrl);
  let history;
  try {
    history = await openHistory(rooms, server, { name: 'calls', ...size, say });
    const { database, sealing, about } = history;
    const questions = await drawQuestions(rooms, database, { ...size, count });
    say(`calls: asking ${questions.length} questions, three times`);
    // The first time warms up.
    await ask(rooms, database, questions);
    const samples = [
      ...(await ask(rooms, database, questions)),
      ...(await ask(rooms, database, questions)),
    ];
    for (const question of questions.slice(0, COMPARED)) await compare(rooms, database, question);
    const bytes = await sizesOf(database);
    return { samples, ...size, questions: questions.length, bytes, sealing, database: about };
  } finally {
    await history?.database.close();
    await server.close();
  }
}

/** A page of usage is its chart and its sums, by one statement; a page of the log is 50 lines. */
async function ask({ metering }, database, questions) {
  const samples = [];
  for (const { kind, filter, by } of questions) {
    const usage = await timed(
      async () => (await metering.readUsage(database, filter, { by: [by] })).totals,
    );
    const log = await timed(() => metering.listCalls(database, filter, { limit: PAGE }));
    samples.push({ kind, usageMs: usage.ms, logMs: log.ms, lines: log.result.lines.length });
  }
  return samples;
}

async function timed(work) {
  const began = performance.now();
  const result = await work();
  return { ms: performance.now() - began, result };
}

async function compare({ metering }, database, { filter }) {
  const hours = { ...filter, from: undefined, until: undefined };
  const rows = (await metering.readUsage(database, hours, { by: ['day'] })).totals;
  const [found] = await database.query(
    `select count(*) as calls, coalesce(sum(charge), 0)::text as charge from call
     where platform_id = $1 and ($2::bigint is null or account_id = $2)
       and ($3::bigint is null or key_id = $3) and ($4::bigint is null or product_id = $4)
       and ($5::text is null or outcome = $5)`,
    ['platformId', 'accountId', 'keyId', 'productId', 'outcome'].map(
      (name) => filter[name] ?? null,
    ),
  );
  const [sum = { calls: 0n, charge: 0n }] = rows;
  if (sum.calls !== found.calls || sum.charge !== BigInt(found.charge)) {
    throw new Error(`${sum.calls} calls in the sums, ${found.calls} in the table`);
  }
}

async function sizesOf(database) {
  const [sizes] = await database.query(
    `select (select sum(pg_total_relation_size(relid))
         from pg_partition_tree('call'))::text as call,
       pg_total_relation_size('usage_of_account')::text as account,
       pg_total_relation_size('usage_of_platform')::text as platform,
       pg_total_relation_size('seal_block')::text as seal`,
  );
  return Object.fromEntries(Object.entries(sizes).map(([name, size]) => [name, Number(size)]));
}
