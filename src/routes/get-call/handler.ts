import type { ManagedApp } from '../../http/index.ts';
import { Fault, parseCallId } from '../../kernel/index.ts';
import { findCall } from '../../metering/index.ts';
import { callerOf } from '../authenticate.ts';
import type { ModelApiParts } from '../mount-model-api.ts';
import { callBody } from './call-body.ts';
import { getCall } from './contract.ts';

export function mountGetCall(group: ManagedApp, parts: ModelApiParts): void {
  group.openapi(getCall, async (c) => {
    const { platformId, accountId } = await callerOf(parts, c);
    const callId = parseCallId(c.req.valid('param').id);
    const call =
      callId === undefined ? undefined : await findCall(parts.db, platformId, accountId, callId);
    if (call === undefined) throw callNotFound();
    return c.json(callBody(call), 200);
  });
}

function callNotFound(): Fault {
  return new Fault({
    code: 'call_not_found',
    status: 404,
    param: 'id',
    message: "There is no such call in this account. Use the 'x-request-id' of its answer.",
  });
}
