export { createIngest, type EventResult, type Ingest } from './ingest.ts';
export { UsageEventBody } from './usage-event.ts';
