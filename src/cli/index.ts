export type { CliHost, Instance, SettingFlags } from './host.ts';
export { createProgram, type Program } from './program.ts';
