// Puts the report together: every target beside its result, what it was measured on, the parts.
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { ALL_PARTS, PARTS } from '../options.mjs';
import { callsReport, callsTargets } from './calls-report.mjs';
import { floodReport, floodTargets } from './flood-report.mjs';
import { number, table } from './format.mjs';
import { gatewayReport, gatewayTargets } from './gateway-report.mjs';
import { growthReport, growthTargets } from './growth-report.mjs';
import { importReport, importTargets } from './import-report.mjs';
import { pairsReport, pairsTargets } from './pairs-report.mjs';
import { platformsReport, platformsTargets } from './platforms-report.mjs';
import { verifyReport, verifyTargets } from './verify-report.mjs';

const RESULTS = fileURLToPath(new URL('../results/', import.meta.url));
const PAGE = fileURLToPath(new URL('../../docs/reference/performance.md', import.meta.url));

const WRITERS = {
  gateway: { targets: gatewayTargets, report: gatewayReport },
  flood: { targets: floodTargets, report: floodReport },
  pairs: { targets: pairsTargets, report: pairsReport },
  growth: { targets: growthTargets, report: growthReport },
  verify: { targets: verifyTargets, report: verifyReport },
  platforms: { targets: platformsTargets, report: platformsReport },
  calls: { targets: callsTargets, report: callsReport },
  import: { targets: importTargets, report: importReport },
};

/**
 * Writes a run's figures as JSON and its page. The page of a whole run is the published one; that
 * of a quick or partial run stays beside the figures. The page, where it went, and the targets.
 */
export async function writeReport(run) {
  const parts = ALL_PARTS.filter((part) => run.results[part] !== undefined);
  const targets = parts.flatMap((part) => WRITERS[part].targets(run.results[part]));
  const page = writePage(run, parts, targets);
  const isWhole = !run.options.quick && PARTS.every((part) => parts.includes(part));
  await mkdir(RESULTS, { recursive: true });
  const name = run.options.quick ? 'quick' : parts.join('-');
  await writeFile(`${RESULTS}${name}.json`, `${JSON.stringify(run, null, 1)}\n`);
  const path = isWhole ? PAGE : `${RESULTS}${name}.md`;
  await writeFile(path, page);
  return { page, path, targets };
}

function writePage(run, parts, targets) {
  const missed = targets.filter(({ isMet }) => !isMet).length;
  const verdict =
    missed === 0
      ? `All ${targets.length} targets are met.`
      : `${missed} of ${targets.length} targets are missed or not measured.`;
  const quick = run.options.quick
    ? '\n**A quick run: short windows and small sizes, to try the bench. Not for publication.**\n'
    : '';
  return `# Performance

Written by \`npm run bench\` (${run.command}) on ${run.at}; how to run it:
[guide](../guides/run-the-bench.md).
${quick}
## Targets

${verdict}

${table(
  ['', 'target', 'result', ''],
  targets.map(({ cells }) => cells),
)}

## Machine, versions, method

${aboutRun(run, parts)}

## Figures

${parts.map((part) => WRITERS[part].report(run.results[part])).join('\n\n')}
`;
}

function aboutRun({ machine, versions, options, pinning, results }, parts) {
  const { database } = results[parts[0]];
  const { nginx = 'not installed', portkey = 'not installed' } = results.gateway?.versions ?? {};
  const setting = (name) => database.settings.find((each) => each.name === name)?.setting;
  const lines = [
    `Machine: ${machine.processor}, ${machine.cores} cores, ${machine.memoryGb} GB, ` +
      `${machine.kernel}; an fdatasync of 8 kB takes ${number(machine.syncMs, 2)} ms. ` +
      'Everything ran on it: contenders, PostgreSQL, mock provider, load generator.',
    `Versions: Farebox ${versions.farebox}; Node.js ${versions.node}; undici ${versions.undici}; ` +
      `${database.version.split(' on ')[0]}` +
      (results.gateway ? `; nginx ${nginx}; Portkey ${portkey}` : ''),
    `PostgreSQL: fsync ${setting('fsync')}, synchronous_commit ${setting('synchronous_commit')}, ` +
      `full_page_writes ${setting('full_page_writes')}; ` +
      `${options.databaseUrl ? 'a server that was given' : 'the one that comes with Farebox'}.`,
    `Method: ${options.rounds} rounds; within a round every case and contender has its turn, and ` +
      'the order changes from round to round. Figures are medians over the rounds; shares and ' +
      'added times are taken within a round first.',
    ...(results.gateway
      ? [`Cores of the gateway's part: ${pinning}. Holds, settlements and growth: not pinned.`]
      : ['Cores: not pinned.']),
  ];
  return lines.map((line) => `- ${line}`).join('\n');
}
