import { type Command, Option } from 'commander';
import { openSnapshot } from '../db/index.ts';
import { EXPORT_FORMATS, type ExportFormat, exportCalls } from '../metering/index.ts';
import { type Shell, settingFlags, withDatabase, withJson } from './answer.ts';
import { type CallFlags, readFilter, withCallFlags } from './call-filter.ts';

/** Between two pages nobody waits here for longer: the pipe takes what is written. */
const IDLE_MS = 600_000;

/** `farebox calls export` */
export function addCallsExport(noun: Command, shell: Shell): void {
  const command = withCallFlags(
    noun
      .command('export')
      .description('write out all calls that are over, newest first, as they are at one moment'),
  ).addOption(
    new Option('--format <format>', 'CSV, or one JSON document a line')
      .choices(EXPORT_FORMATS)
      .default('csv'),
  );
  withDatabase(withJson(command)).action(async () => {
    const flags = command.optsWithGlobals<CallFlags & { format: ExportFormat; json?: boolean }>();
    const instance = await shell.host.openInstance(settingFlags(command));
    try {
      const { filter } = await readFilter(instance.db, flags);
      const snapshot = await openSnapshot(instance.db, { idleMs: IDLE_MS });
      try {
        const format = flags.json === true ? 'ndjson' : flags.format;
        for await (const text of exportCalls(snapshot.tx, filter, format)) shell.host.write(text);
      } finally {
        await snapshot.end();
      }
    } finally {
      await instance.close();
    }
  });
}
