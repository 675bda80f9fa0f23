export { type ActFilter, listActs, type RecordedAct } from './list-acts.ts';
export { type Actor, type ActRecord, recordAct } from './record-act.ts';
