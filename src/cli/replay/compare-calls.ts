import { parseAmount, parseCallId } from '../../kernel/index.ts';
import type { Books, CallEntries, CallRow, HoldRow, Named } from './books.ts';
import type { Concerned, Differences } from './differences.ts';
import { type ExpectedCall, otherQuantities } from './expected-bill.ts';
import { keyOf } from './platform.ts';
import type { Received } from './send-call.ts';

/**
 * Compares every call of the trace, in its order, with what was answered, with its row, its hold
 * and its entries; then names what the books have besides.
 */
export function compareCalls(
  calls: readonly ExpectedCall[],
  received: readonly Received[],
  books: Books,
  differences: Differences,
): void {
  const answers = new Map(received.map((one) => [one.line, one]));
  const rows = byId(books.calls);
  const holds = byId(books.holds);
  const entries = byId(books.callEntries);
  const known = new Set<string>();
  for (const call of calls) {
    const answer = answers.get(call.line);
    if (answer === undefined) {
      differences.add({ line: call.line }, 'the request', 'sent', 'not sent');
      continue;
    }
    const concerned = { line: call.line, requestId: answer.requestId };
    compareAnswer(call, answer, concerned, differences);
    const id = parseCallId(answer.requestId ?? '');
    if (id === undefined) continue;
    if (known.has(id)) differences.add(concerned, 'x-request-id', 'its own', 'of another call');
    known.add(id);
    compareRow(call, answer, rows.get(id), concerned, differences);
    compareHold(call, answer, holds.get(id), concerned, differences);
    compareEntries(call, entries.get(id), concerned, differences);
  }
  for (const { id } of [...books.calls, ...books.holds]) {
    if (!known.has(id)) differences.add({}, `call ${id}`, 'not there: it was not sent', 'there');
  }
}

function byId<Row extends { readonly id: string }>(rows: readonly Row[]): Map<string, Row> {
  return new Map(rows.map((row) => [row.id, row]));
}

function compareAnswer(
  call: ExpectedCall,
  answer: Received,
  concerned: Concerned,
  differences: Differences,
): void {
  const { status, problem } = answer;
  if (status !== 200) {
    const found = [...(status === 0 ? [] : [`status ${status}`]), problem ?? 'no body'].join(': ');
    differences.add(concerned, 'the answer', 'status 200', found);
    return;
  }
  const ending = answer.isDone ? undefined : (problem ?? `an end after ${answer.events} events`);
  if (ending !== undefined) differences.add(concerned, 'the stream', '[DONE] at its end', ending);
  // One event for each token that is not reasoning, the finish reason and [DONE].
  const least = call.completionTokens - call.reasoningTokens + 2;
  if (answer.events < least) {
    differences.add(concerned, 'the stream', `${least} events or more`, `${answer.events}`);
  }
  const hold = amountOf(answer.hold);
  if (hold === undefined || hold < call.cost) {
    const found = answer.hold ?? 'none';
    differences.add(concerned, 'header x-farebox-hold', 'no less than the cost', found);
  }
  differences.amount(concerned, 'trailer x-farebox-cost', call.cost, amountOf(answer.cost));
  compareUsage(call, answer, concerned, differences);
}

function compareUsage(
  call: ExpectedCall,
  { usage, isDone }: Received,
  concerned: Concerned,
  differences: Differences,
): void {
  if (!isDone) return;
  if (!call.wantsUsage || usage === undefined) {
    const found = usage === undefined ? 'absent' : 'there';
    differences.value(concerned, 'the usage event', call.wantsUsage ? 'there' : 'absent', found);
    return;
  }
  for (const name of [
    'promptTokens',
    'cachedTokens',
    'completionTokens',
    'reasoningTokens',
  ] as const) {
    differences.value(concerned, `${name} of the usage event`, call[name], usage[name]);
  }
}

function compareRow(
  call: ExpectedCall,
  answer: Received,
  row: CallRow | undefined,
  concerned: Concerned,
  differences: Differences,
): void {
  if (row === undefined) {
    differences.add(concerned, 'its row of call', 'there', 'absent');
    return;
  }
  compareNames('its row of call', call, row, concerned, differences);
  const { promptTokens, cachedTokens, completionTokens, reasoningTokens } = call;
  const hold = amountOf(answer.hold) ?? 0n;
  const amounts = [
    ['held', hold, row.held],
    ['price', call.cost, row.price],
    ['charge', call.cost, row.charge],
  ] as const;
  const values = [
    ['outcome', 'settled', row.outcome],
    ['status', 200, row.status],
    ['streamed', true, row.streamed],
    ['estimated', false, row.estimated],
    ['error_code', 'none', row.errorCode ?? 'none'],
    ['input', BigInt(promptTokens - cachedTokens), row.input],
    ['cached_input', BigInt(cachedTokens), row.cachedInput],
    ['output', BigInt(completionTokens - reasoningTokens), row.output],
    ['other', describeOther(otherQuantities(call)), describeOther(row.other ?? {})],
  ] as const;
  for (const [column, expected, found] of amounts) {
    differences.amount(concerned, `${column} in its row of call`, expected, found);
  }
  for (const [column, expected, found] of values) {
    differences.value(concerned, `${column} in its row of call`, expected, found);
  }
}

/** The quantities of a row's fourth column, in an order of their own. */
const describeOther = (other: Readonly<Record<string, string>>) =>
  Object.keys(other)
    .sort()
    .map((component) => `${component} ${other[component]}`)
    .join(', ');

function compareHold(
  call: ExpectedCall,
  answer: Received,
  hold: HoldRow | undefined,
  concerned: Concerned,
  differences: Differences,
): void {
  if (hold === undefined) {
    differences.add(concerned, 'its row of hold', 'there', 'absent');
    return;
  }
  compareNames('its row of hold', call, hold, concerned, differences);
  const told = amountOf(answer.hold) ?? 0n;
  differences.amount(concerned, 'amount in its row of hold', told, hold.amount);
}

function compareNames(
  subject: string,
  call: ExpectedCall,
  row: Named,
  concerned: Concerned,
  differences: Differences,
): void {
  differences.value(concerned, `account in ${subject}`, call.account, row.account);
  differences.value(concerned, `owner of the wallet in ${subject}`, call.account, row.wallet);
  differences.value(concerned, `key in ${subject}`, keyOf(call.account, call.key), row.key);
  differences.value(concerned, `model in ${subject}`, call.model.slug, row.model);
}

function compareEntries(
  { cost }: ExpectedCall,
  entries: CallEntries | undefined,
  concerned: Concerned,
  differences: Differences,
): void {
  // What cost nothing moved nothing.
  if (entries === undefined && cost === 0n) return;
  differences.amount(concerned, 'its entry of the wallet', -cost, entries?.wallet);
  differences.amount(concerned, 'its entry of usage', cost, entries?.usage);
  differences.amount(concerned, 'its entries of other accounts', 0n, entries?.rest);
}

/** Reads dollars as a header has them; undefined when absent or no exact amount. */
export function amountOf(text: string | undefined): bigint | undefined {
  return text === undefined ? undefined : parseAmount(text, 9);
}
