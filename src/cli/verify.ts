import type { Command } from 'commander';
import { createCatalog } from '../catalog/index.ts';
import { IDEMPOTENCY_CHECKS, verifyIdempotency } from '../gateway/index.ts';
import {
  type Anchor,
  countBooks,
  type Difference,
  SEAL_CHECKS,
  type SealReport,
  sealKey,
  verifyLedger,
  verifySeal,
} from '../ledger/index.ts';
import { type PriceDifference, verifyPrices } from '../metering/index.ts';
import { type Answer, answers, type Shell } from './answer.ts';
import type { Instance } from './host.ts';
import { printable } from './table.ts';
import { blockAndCode } from './values.ts';

/** Differences that a person is shown at once. */
const SHOWN = 20;

/** `farebox verify` */
export function addVerify(program: Command, shell: Shell): void {
  const command = program
    .command('verify')
    .description('derive every balance, price and seal once more and name what differs')
    .option('--sealed <block:code>', 'a newest block that an earlier run told', blockAndCode);
  answers<{ sealed?: Anchor }>(shell, command, ({ instance, options }) =>
    verify(instance, options.sealed),
  );
}

async function verify(instance: Instance, anchor: Anchor | undefined): Promise<Answer> {
  const { db } = instance;
  const { checks: ledgerChecks, calls, movements } = await countBooks(db);
  // The first is the database's work, the others this process's too. No more than two sessions are
  // at work at once: the least pool has no more.
  const [books, [prices, seal]] = await Promise.all([
    verifyLedger(db),
    findPriceDifferences(instance).then(
      async (found) => [found, await verifySeal(db, sealKey(instance.secrets), anchor)] as const,
    ),
  ]);
  const records = await verifyIdempotency(db);
  const differences = [...books, ...records, ...prices, ...seal.differences];
  const checks = ledgerChecks + IDEMPOTENCY_CHECKS + SEAL_CHECKS + 1;
  const ok = differences.length === 0;
  const found = differences.map(differenceJson);
  return {
    json: { ok, checks, calls, movements, seal: sealJson(seal), differences: found },
    text: ok
      ? `books hold: ${checks} checks, ${calls} calls, ${movements} movements\n${writeSeal(seal)}`
      : `${writeSome(differences)}\n${writeSeal(seal)}books do not hold: ${count(differences)}\n`,
    exitCode: ok ? 0 : 1,
  };
}

async function findPriceDifferences(instance: Instance): Promise<Difference[]> {
  const { priceById } = createCatalog(instance);
  const found: Difference[] = [];
  for await (const one of verifyPrices(instance.db, priceById)) found.push(priceDifference(one));
  return found;
}

function sealJson({ blocks, head, tail }: SealReport) {
  return {
    blocks,
    newest: head === undefined ? null : `${head.no}:${head.mac}`,
    unsealed: {
      calls: tail.calls,
      transfers: tail.transfers,
      oldest_at: tail.oldestAt?.toISOString() ?? null,
    },
  };
}

/** What is not sealed is named always: whoever stopped the sealer would show here. */
function writeSeal(report: SealReport): string {
  const { blocks, newest, unsealed } = sealJson(report);
  const { calls, transfers, oldest_at } = unsealed;
  const since = oldest_at === null ? '' : `, the oldest of ${oldest_at}`;
  const sealed = newest === null ? 'nothing yet' : `${blocks} blocks, the newest ${newest}`;
  return `sealed: ${sealed}\nnot sealed: ${calls} calls, ${transfers} other movements${since}\n`;
}

function priceDifference({ callId, leg, expected, found, problem }: PriceDifference): Difference {
  return {
    check: 'call_is_priced',
    promise: "A settled call's price is what its quantities cost by the price that it names.",
    subject: `call ${callId} leg ${leg}`,
    expected: expected === undefined ? `a price, but ${problem}` : expected.toString(),
    found: found.toString(),
  };
}

function differenceJson({ check, promise, subject, expected, found }: Difference) {
  return { check, promise, subject, expected, found };
}

/** One fault may show in every row: a screen of them is enough, `--json` has them all. */
function writeSome(differences: readonly Difference[]): string {
  const shown = differences.slice(0, SHOWN).map(writeDifference).join('');
  const left = differences.length - SHOWN;
  return left > 0 ? `${shown}and ${left} more (--json lists all)\n` : shown;
}

/** Amounts are in smallest parts, as the tables have them: that is where one looks next. */
function writeDifference({ check, promise, subject, expected, found }: Difference): string {
  return `${check}: ${promise}
  subject   ${printable(subject)}
  expected  ${printable(expected)}
  found     ${printable(found)}
`;
}

function count(differences: readonly Difference[]): string {
  return differences.length === 1 ? '1 difference' : `${differences.length} differences`;
}
