export { type BodyLog, createBodyLog } from './body-log.ts';
export { findCallBodies } from './body-records.ts';
