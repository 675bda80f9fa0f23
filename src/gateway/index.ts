export { findCallBodies } from './bodies/index.ts';
export { createGateway, type MeteredGateway } from './gateway.ts';
export { IDEMPOTENCY_CHECKS, verifyIdempotency } from './idempotency/index.ts';
export { createIngest, type EventResult, type Ingest, UsageEventBody } from './ingest/index.ts';
export { type Probe, probeUpstream } from './probe-upstream.ts';
export { type DemoProvider, startDemoProvider } from './providers/demo/demo-provider.ts';
export { createUpstreams } from './upstream.ts';
export type { UpstreamRoute } from './upstream-call.ts';
