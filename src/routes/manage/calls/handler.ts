import { findCallBodies } from '../../../gateway/index.ts';
import { Fault, formatCallId, parseCallId } from '../../../kernel/index.ts';
import * as metering from '../../../metering/index.ts';
import { readCallFilter } from '../call-filter.ts';
import { notFound } from '../fields.ts';
import type { Manage } from '../manage.ts';
import { callBodiesBody, callLineBody, managedCallBody } from './body.ts';
import * as contract from './contract.ts';

const CONTENT_TYPES = {
  csv: 'text/csv; charset=utf-8; header=present',
  ndjson: 'application/x-ndjson',
};

export function mountCalls(manage: Manage): void {
  manage.mount(contract.listCalls, async (c, act) => {
    const { limit, after, ...query } = c.req.valid('query');
    const filter = await readCallFilter(act, query);
    const before = after === undefined ? {} : { before: readAfter(after) };
    const { lines, next } = await metering.listCalls(act.tx, filter, { limit, ...before });
    const data = lines.map(callLineBody);
    const page = {
      object: 'list' as const,
      data,
      has_more: next !== undefined,
      first_id: data[0]?.id ?? null,
      // Where a page is short, what is looked for next begins below its last line.
      last_id: next === undefined ? (data.at(-1)?.id ?? null) : formatCallId(next),
    };
    return c.json(page, 200);
  });

  manage.mountStream(contract.exportCalls, async (c, act) => {
    const { format, ...query } = c.req.valid('query');
    const filter = await readCallFilter(act, query);
    return {
      contentType: CONTENT_TYPES[format],
      fileName: `calls.${format}`,
      pieces: metering.exportCalls(act.tx, filter, format),
    };
  });

  manage.mount(contract.getCall, async (c, { tx, platformId, accountId }) => {
    const id = readCallId(c.req.valid('param').call);
    const call = await metering.findAnyCall(tx, id, { platformId, accountId });
    if (call === undefined) throw notFound('call');
    return c.json(managedCallBody(call), 200);
  });

  manage.mount(contract.getCallBodies, async (c, act) => {
    const { tx, platformId } = act;
    const id = readCallId(c.req.valid('param').call);
    const kept = await findCallBodies(tx, manage.parts.secrets, platformId, id);
    if (kept === undefined) throw notKept();
    const call = formatCallId(id);
    await act.record({ action: 'call.read_bodies', subject: call });
    return c.json(callBodiesBody(call, kept), 200);
  });
}

function notKept(): Fault {
  return new Fault({
    code: 'call_bodies_not_found',
    status: 404,
    message:
      'Nothing is kept of such a call. Platforms keep requests and answers as their setting ' +
      "'log_bodies' says, and for as long as 'log_keep_days' says.",
  });
}

/** The id that an id in a path means. Fault: `call_not_found` (404). */
export function readCallId(text: string): string {
  const id = parseCallId(text);
  if (id === undefined) throw notFound('call');
  return id;
}

function readAfter(text: string): string {
  const id = parseCallId(text);
  if (id !== undefined) return id;
  const message = "'after' is the last id of an earlier page: it begins with 'req_'.";
  throw new Fault({ code: 'invalid_id', status: 400, param: 'after', message });
}
