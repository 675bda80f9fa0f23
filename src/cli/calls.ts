import type { Command } from 'commander';
import { Fault, formatAmount, formatCallId, formatRowId, parseCallId } from '../kernel/index.ts';
import { findAnyCall, type OwnedCall } from '../metering/index.ts';
import { addNoun, answers, type Shell } from './answer.ts';
import { addCallsExport } from './calls-export.ts';
import { addCallsList } from './calls-list.ts';
import { exactDecimal } from './exact-decimal.ts';
import { fields, table } from './table.ts';

/** `farebox calls` */
export function addCalls(program: Command, shell: Shell): void {
  const noun = addNoun(program, 'calls', 'what customers asked for and paid');
  addCallsList(noun, shell);
  addCallsExport(noun, shell);
  const show = noun
    .command('show')
    .description('show a call with its price line by line')
    .argument('<id>', "the x-request-id of the call's answer");
  answers(shell, show, async ({ instance: { db }, args: [text = ''] }) => {
    const callId = parseCallId(text);
    const call = callId === undefined ? undefined : await findAnyCall(db, callId);
    if (call === undefined) throw callNotFound(text);
    const json = callJson(call);
    return { json, text: writeCall(json) };
  });
}

function callJson(call: OwnedCall) {
  const decimal = (amount: bigint) => formatAmount(amount, call.scale);
  return {
    id: formatCallId(call.id),
    platform: call.platform,
    account: call.account,
    key: call.keyId === null ? null : formatRowId('key', call.keyId),
    model: call.model,
    status: call.status,
    http_status: call.httpStatus,
    error_code: call.errorCode,
    streamed: call.streamed,
    estimated: call.estimated,
    usage: Object.fromEntries(Object.entries(call.usage).map(([name, n]) => [name, Number(n)])),
    lines: call.lines.map((line) => ({
      component: line.component,
      quantity: Number(line.quantity),
      priced_as: line.pricedAs,
      from_context_tokens: Number(line.fromContextTokens),
      amount: decimal(line.amount),
      per: Number(line.per),
      cost: exactDecimal(line.exact, call.scale),
    })),
    unit: call.unit,
    held: decimal(call.held),
    price: decimal(call.price),
    charge: decimal(call.charge),
    created_at: call.heldAt.toISOString(),
    settled_at: call.settledAt?.toISOString() ?? null,
    first_byte_ms: call.firstByteMs,
    latency_ms: call.latencyMs,
    upstream: call.upstream,
    event: call.event && { ...call.event, at: call.event.at.toISOString() },
  };
}

function writeCall({ usage, lines, unit, ...call }: ReturnType<typeof callJson>): string {
  const head = fields({
    call: call.id,
    account: `${call.account} on ${call.platform}`,
    key: call.key,
    model: call.model,
    status: call.status,
    'HTTP status': call.http_status,
    error: call.error_code,
    streamed: call.streamed,
    estimated: call.estimated,
    held: `${call.held} ${unit}`,
    price: `${call.price} ${unit}`,
    charge: `${call.charge} ${unit}`,
    'created at': call.created_at,
    'settled at': call.settled_at,
    'first byte': call.first_byte_ms === null ? null : `${call.first_byte_ms} ms`,
    latency: call.latency_ms === null ? null : `${call.latency_ms} ms`,
    upstream: call.upstream,
    event: call.event && `${call.event.id} of ${call.event.source}, ${call.event.at}`,
  });
  const counted = Object.entries(usage).map(([name, quantity]) => `${name} ${quantity}`);
  const rows = lines.map((line) => [
    line.component,
    line.quantity,
    `${line.amount}/${line.per}${line.priced_as === line.component ? '' : ` as ${line.priced_as}`}`,
    line.cost,
  ]);
  const none = counted.length === 0 ? 'Nothing was counted.' : `Counted: ${counted.join(', ')}.`;
  return `${head}\n${table(['component', 'quantity', 'price', `cost in ${unit}`], rows, none)}`;
}

function callNotFound(id: string): Fault {
  return new Fault({
    code: 'call_not_found',
    status: 404,
    message: `There is no call '${id}'. Use the x-request-id of its answer: it begins with req_.`,
  });
}
