import type { Outbound, RawHandler } from '../http/index.ts';
import { createBodyLog } from './bodies/index.ts';
import { createIdempotency, type IdempotencyOptions } from './idempotency/index.ts';
import { createIntake } from './intake.ts';
import { type Gateway, meteredCall } from './metered-call.ts';
import { type Probe, probeUpstream } from './probe-upstream.ts';
import { createStopping } from './stopping.ts';
import { createTokenizer } from './tokenizer.ts';
import { createUpstreams } from './upstream.ts';
import type { UpstreamRoute } from './upstream-call.ts';

/** The metered routes' handlers, and the way to end them. */
export interface MeteredGateway {
  readonly chatCompletions: RawHandler;
  /** Asks an upstream for its models, as a call would reach it. */
  probe(route: UpstreamRoute): Promise<Probe>;
  /** Calls under way, answered or not: a caller who left may still be drained for its usage. */
  readonly callsUnderWay: number;
  /** Cuts every upstream; what was delivered is settled. Resolves when no call is under way. */
  stop(): Promise<void>;
}

/** A stopped stream may still report its usage in this time; most of its price is then not due. */
const DRAIN_STREAMED_MS = 5_000;
/** A whole answer is paid whole by the seller, whoever waits for it. */
const DRAIN_WHOLE_MS = 120_000;
const BODY_TIMEOUT_MS = 60_000;

/** Builds the gateway from the rooms that it stands on. */
export function createGateway(
  parts: Pick<
    Gateway,
    'authenticator' | 'catalog' | 'ledger' | 'limiter' | 'clock' | 'log' | 'origins'
  > &
    IdempotencyOptions & {
      readonly maxBodyBytes: number;
      /** How many proxies of the operator's stand in front; none unless given. */
      readonly trustedProxies?: number | undefined;
      /** Base URL of the demo provider, which the catalogue knows as `demo:`. */
      readonly demoUrl: string;
      /** The way out for addresses that sellers chose. */
      readonly outbound?: Outbound;
      readonly drainMs?: Gateway['drainMs'];
    },
): MeteredGateway {
  const stopping = createStopping();
  const intake = createIntake(parts);
  const gateway: Gateway = {
    ...parts,
    trustedProxies: parts.trustedProxies ?? 0,
    intake,
    idempotency: createIdempotency(parts),
    bodyLog: createBodyLog(parts),
    upstreams: createUpstreams({
      aliases: { 'demo:': parts.demoUrl },
      ...(parts.outbound !== undefined && { outbound: parts.outbound }),
    }),
    tokenizer: createTokenizer(),
    bodyLimits: {
      maxBytes: parts.maxBodyBytes,
      timeoutMs: BODY_TIMEOUT_MS,
      budget: intake.bodies,
    },
    drainMs: parts.drainMs ?? { streamed: DRAIN_STREAMED_MS, whole: DRAIN_WHOLE_MS },
    stopping,
  };
  return {
    chatCompletions: (request, response, context) =>
      intake.run(request, () => meteredCall(gateway, request, response, context)),
    probe: (route) => probeUpstream(gateway.upstreams, route, parts.clock),
    get callsUnderWay() {
      return intake.callsUnderWay;
    },
    stop: async () => {
      stopping.begin();
      await intake.close();
      await gateway.idempotency.close();
      await gateway.bodyLog.close();
      await gateway.upstreams.close();
      await gateway.tokenizer.close();
    },
  };
}
