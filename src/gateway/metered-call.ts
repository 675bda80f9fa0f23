import type { IncomingMessage } from 'node:http';
import { type Authenticator, type Caller, requireScope } from '../auth/index.ts';
import type { Catalog } from '../catalog/index.ts';
import {
  type BodyLimits,
  ClientGone,
  clientAddress,
  faultOf,
  type HttpResponse,
  type RequestContext,
  readBody,
  type SharingOrigins,
  shareAnswer,
} from '../http/index.ts';
import { assert, type Clock, Fault, type Log } from '../kernel/index.ts';
import type { Ledger } from '../ledger/index.ts';
import type { Limiter } from '../limits/index.ts';
import { type Admission, admitCall, estimateCall } from './admission.ts';
import type { Answer } from './answer.ts';
import { JsonAnswer } from './answer-json.ts';
import { StreamAnswer } from './answer-stream.ts';
import type { BodyLog } from './bodies/index.ts';
import { callRoutes, type RouteOutcome } from './call-routes.ts';
import { type ChatRequest, readChatRequest } from './chat-request.ts';
import { Departure, isGone } from './departure.ts';
import { admissionHeaders, settledFigures } from './figures.ts';
import { type Idempotency, sendKept } from './idempotency/index.ts';
import type { Intake } from './intake.ts';
import { measureAnswer } from './measure.ts';
import { findOffer, type Offer } from './offer.ts';
import { type CallFacts, OpenCall } from './open-call.ts';
import type { Stopping } from './stopping.ts';
import type { Tokenizer } from './tokenizer.ts';
import type { Upstreams } from './upstream.ts';
import { upstreamBody } from './upstream-body.ts';

/** Everything that a metered call needs. */
export interface Gateway {
  readonly authenticator: Authenticator;
  readonly catalog: Catalog;
  readonly ledger: Ledger;
  readonly idempotency: Idempotency;
  readonly limiter: Limiter;
  readonly bodyLog: Pick<BodyLog, 'watch' | 'close'>;
  readonly intake: Pick<Intake, 'cameFrom'>;
  readonly upstreams: Upstreams;
  readonly tokenizer: Tokenizer;
  readonly clock: Clock;
  readonly log: Log;
  readonly bodyLimits: BodyLimits;
  /** How many proxies of the operator's stand in front. */
  readonly trustedProxies: number;
  /** From which pages of the web a platform may be called. */
  readonly origins: SharingOrigins;
  /** How long an upstream may go on after its caller has left, to report its usage. */
  readonly drainMs: { readonly streamed: number; readonly whole: number };
  /** When the server has to stop, upstreams are cut, and what they delivered is settled. */
  readonly stopping: Stopping;
}

/** The same route under each of its prefixes. */
const ROUTE = 'POST /chat/completions';

/**
 * One metered chat call, from the key to the books:
 * authenticate, estimate, hold, upstream, stream, price, settle, respond.
 * Whatever happens after the hold, it is settled or released, exactly once. What is thrown is
 * rendered by the HTTP server.
 */
export async function meteredCall(
  gateway: Gateway,
  request: IncomingMessage,
  response: HttpResponse,
  context: RequestContext,
): Promise<void> {
  const { requestId, callId } = context;
  const caller = await recognise(gateway, request, response);
  const body = await readBody(request, gateway.bodyLimits);
  const watched = gateway.bodyLog.watch(caller, { callId, body, response });
  const chat = readChatRequest(body);
  const claim = await gateway.idempotency.claim(request, { caller, route: ROUTE, body, callId });
  if (claim.kind === 'kept') return sendKept(response, claim);
  const held = offerAndHold(gateway, context, caller, chat);
  const { offer, admission } = await claim.unlessRefused(held);
  // However the call ends, its answer says what the caller's limits leave.
  response.carry(admission.limitHeaders);
  const heldAtMs = gateway.clock.monotonicMs();
  const { isStreamed, choices, wantsUsage } = chat;
  const { startedMs } = context;
  const open = new OpenCall(gateway, { admission, offer, isStreamed, startedMs });
  const headers = admissionHeaders(admission, offer);
  const answer: Answer = isStreamed
    ? new StreamAnswer(response, { choices, wantsUsage, headers, keepsAnswer: claim.keepsAnswer })
    : new JsonAnswer(response, headers);
  let facts: RouteFacts = { upstreamId: undefined, firstByteMs: undefined };
  try {
    const routed = await askUpstreams(gateway, { response, offer, admission, chat, body, answer });
    const endedAtMs = gateway.clock.monotonicMs();
    facts = factsOf(routed, context);
    const conclusion = answer.conclude(routed.outcome, routed.isAbandoned);
    if (conclusion.kind === 'failed') throw conclusion.fault;
    const { fault } = conclusion;
    const measured = await measureAnswer(conclusion, chat, gateway.tokenizer);
    await claim.keep(answer.toKeep());
    const receipt = await open.settle(measured, endOf(gateway, response, fault, facts));
    if (fault !== undefined) throw fault;
    const overheadMs = heldAtMs - context.startedMs + (gateway.clock.monotonicMs() - endedAtMs);
    answer.complete(settledFigures(receipt, offer, overheadMs));
  } catch (error) {
    watched?.fail();
    if (!open.isResolved) {
      const released = open.release(endOf(gateway, response, error, facts));
      // The ledger resolves it later; the caller is told of what came first.
      await released.catch((err) => gateway.log.warn({ err, requestId }, 'release failed'));
    }
    if (!response.headersSent && !isGone(response)) throw error;
    if (error instanceof ClientGone) throw error;
    const fault = faultOf(error, requestId, gateway.log);
    if (!isGone(response)) answer.fail(fault);
  }
}

type RouteFacts = Pick<CallFacts, 'upstreamId' | 'firstByteMs'>;

/** Who is calling, with a key that calls may be made with from where this one comes. */
async function recognise(
  { authenticator, intake, origins, trustedProxies }: Gateway,
  request: IncomingMessage,
  response: HttpResponse,
): Promise<Caller> {
  const addressOf = () => clientAddress(request, trustedProxies);
  const caller = await authenticator.authenticate(request.headers, addressOf);
  intake.cameFrom(request, caller.accountId);
  const { origin } = request.headers;
  if (origin !== undefined) shareAnswer(origins, caller.platformId, origin, response);
  requireScope(caller, 'call');
  return caller;
}

/** Estimates and holds; once more when the price changed in between. */
async function offerAndHold(
  gateway: Gateway,
  context: RequestContext,
  caller: Caller,
  chat: ChatRequest,
): Promise<{ offer: Offer; admission: Admission }> {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const offer = await findOffer(gateway.catalog, caller, chat.model);
    const estimate = estimateCall(caller, offer, chat);
    const admission = await admitCall(gateway, context.callId, caller, offer, estimate);
    if (admission !== undefined) return { offer, admission };
    await gateway.catalog.refresh(caller.platformId);
  }
  throw new Fault({
    code: 'price_changing',
    status: 503,
    message: 'The price of this model is being changed. Nothing was charged; try again.',
    retryAfterSeconds: 1,
  });
}

function askUpstreams(
  gateway: Gateway,
  call: {
    readonly response: HttpResponse;
    readonly offer: Offer;
    readonly admission: Admission;
    readonly chat: ChatRequest;
    readonly body: Buffer;
    readonly answer: Answer;
  },
): Promise<RouteOutcome> {
  const { response, offer, admission, chat, body, answer } = call;
  const departure = new Departure(response);
  if (departure.hasLeft) throw new ClientGone('the client left before its call began');
  assert(admission.held >= 0n, 'nothing leaves before the hold is committed');
  return callRoutes({
    upstreams: gateway.upstreams,
    routes: offer.routes,
    bodyFor: (route) => upstreamBody(body, chat, route, admission.outputTokensLimit),
    isStreamed: chat.isStreamed,
    answer,
    departure,
    drainMs: chat.isStreamed ? gateway.drainMs.streamed : gateway.drainMs.whole,
    stopping: gateway.stopping,
    nowMs: () => gateway.clock.monotonicMs(),
  });
}

function factsOf(routed: RouteOutcome, context: RequestContext): RouteFacts {
  const { firstByteAtMs } = routed;
  return {
    upstreamId: routed.route.upstreamId,
    firstByteMs: firstByteAtMs === undefined ? undefined : firstByteAtMs - context.startedMs,
  };
}

/** Adds what the caller saw of the call's end: the status, 0 when none was sent, and the error. */
function endOf(
  gateway: Gateway,
  response: HttpResponse,
  error: unknown,
  { upstreamId, firstByteMs }: RouteFacts,
): CallFacts {
  const fault =
    error === undefined || error instanceof Fault ? error : { status: 500, code: 'internal_error' };
  if (!isGone(response)) {
    const status = response.headersSent ? 200 : (fault?.status ?? 200);
    return { status, errorCode: fault?.code, upstreamId, firstByteMs };
  }
  const errorCode = gateway.stopping.hasBegun ? 'server_stopping' : 'client_gone';
  const status = response.headersSent ? 200 : 0;
  return { status, errorCode, upstreamId, firstByteMs };
}
