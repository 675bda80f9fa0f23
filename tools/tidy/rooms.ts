import type { Breach, Checkout, Rule } from './checkout.ts';
import { isTest, type Source } from './source.ts';

/** The house from left to right. A room imports only rooms of a later line. */
const LINES: readonly (readonly string[])[] = [
  ['main'],
  ['start'],
  ['workers', 'greet'],
  ['app'],
  ['watch-changes'],
  ['instance'],
  ['cli', 'editions', 'routes', 'pages'],
  ['gateway', 'payments'],
  ['auth'],
  ['notices'],
  ['limits', 'metering'],
  ['tenants'],
  ['catalog'],
  ['ledger', 'pricing'],
  ['http', 'jobs', 'audit'],
  ['db'],
  ['kernel'],
];

/** These stand beside the house and see the kernel; a few see them, some of those as a type. */
const BESIDE = new Set(['config', 'instance-key']);
const BESIDE_READERS = new Set(['main', 'start', 'app', 'instance', ...BESIDE]);
const BESIDE_TYPE_READERS = new Set(['cli', 'routes', 'greet']);

const lineOf = new Map(LINES.flatMap((rooms, line) => rooms.map((room) => [room, line] as const)));

/** The room of a file under `src/`: its folder, or for a file at the top its name. */
export function roomOf(path: string): string | undefined {
  const match = /^src\/(?:([^/]+)\/|([^/.]+))/.exec(path);
  return match?.[1] ?? match?.[2];
}

const isDoor = (path: string) => /^src\/([^/]+\/index\.ts|[^/]+\.ts)$/.test(path);

export const knownRooms: Rule = {
  title: 'every folder and file at the top of src is a room of the house',
  check: ({ paths }) =>
    paths
      .filter((path) => path.startsWith('src/'))
      .filter((path) => !lineOf.has(roomOf(path) ?? '') && !BESIDE.has(roomOf(path) ?? ''))
      .map((path) => ({ path, line: 1, says: 'is in no room: tools/tidy/rooms.ts lists them' })),
};

export const importDirection: Rule = {
  title: 'a room imports only rooms to its right',
  check: (checkout) => breaches(checkout, directionFault),
};

export const doors: Rule = {
  title: 'a room is entered through its index.ts only',
  check: (checkout) => breaches(checkout, doorFault),
};

export const outsideOfHouse: Rule = {
  title: 'the program imports nothing of its tests and tools',
  check: (checkout) =>
    breaches(checkout, (source, target) =>
      !isTest(source.path) && /^(test|tools|bench)\//.test(target)
        ? `the program must run without ${target}`
        : undefined,
    ),
};

type Fault = (source: Source, target: string, typeOnly: boolean) => string | undefined;

function breaches({ sources }: Checkout, fault: Fault): Breach[] {
  return sources
    .filter((source) => source.path.startsWith('src/'))
    .flatMap((source) =>
      source.references.flatMap(({ target, line, typeOnly }) => {
        const says = fault(source, target, typeOnly);
        return says === undefined ? [] : [{ path: source.path, line, says }];
      }),
    );
}

function directionFault(source: Source, target: string, typeOnly: boolean): string | undefined {
  const from = roomOf(source.path);
  const to = roomOf(target);
  if (from === undefined || to === undefined || from === to) return undefined;
  if (BESIDE.has(to)) return besideFault(from, to, typeOnly);
  if (BESIDE.has(from)) return to === 'kernel' ? undefined : `${from} knows the kernel only`;
  const fromLine = lineOf.get(from);
  const toLine = lineOf.get(to);
  if (fromLine === undefined || toLine === undefined || toLine > fromLine) return undefined;
  return toLine === fromLine
    ? `${from} and ${to} stand side by side and must not know each other`
    : `${to} is to the left of ${from}: hand in what is needed instead`;
}

function besideFault(from: string, to: string, typeOnly: boolean): string | undefined {
  if (BESIDE_READERS.has(from)) return undefined;
  if (!BESIDE_TYPE_READERS.has(from)) return `${from} gets what it needs of ${to} handed in`;
  return typeOnly ? undefined : `${from} may import ${to} as a type only`;
}

function doorFault(source: Source, target: string): string | undefined {
  const from = roomOf(source.path);
  const to = roomOf(target);
  if (to === undefined || from === to || isDoor(target)) return undefined;
  return `climbs into ${to}: export it from src/${to}/index.ts and import that`;
}
