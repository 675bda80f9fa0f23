import type { Queryable } from '../db/index.ts';

/** From which pages of the web platforms may be called; all of it is in memory. */
export interface Origins {
  /** Whether any platform lists the page's origin: all that is known before there is a key. */
  isListed(origin: string): boolean;
  /** Whether that platform does. */
  isListedBy(platformId: bigint, origin: string): boolean;
  /** Reads them anew; calls during a read share the one after it. */
  refresh(): Promise<void>;
}

/** Lists no origin before the first `refresh`. */
export function createOrigins({ db }: { readonly db: Queryable }): Origins {
  let byOrigin: ReadonlyMap<string, ReadonlySet<bigint>> = new Map();
  let running: Promise<void> | undefined;
  let following: Promise<void> | undefined;

  const read = async () => {
    const rows = await db.query<{ origin: string; platforms: string[] }>(
      `select origin, array_agg(id::text) as platforms
       from platform, unnest(cors_origins) origin group by origin`,
    );
    byOrigin = new Map(
      rows.map(({ origin, platforms }) => [origin, new Set(platforms.map(BigInt))]),
    );
  };
  const start = () => {
    running = read().finally(() => {
      running = undefined;
    });
    return running;
  };
  return {
    isListed: (origin) => byOrigin.has(origin),
    isListedBy: (platformId, origin) => byOrigin.get(origin)?.has(platformId) === true,
    refresh: () => {
      if (running === undefined) return start();
      following ??= running
        .catch(() => undefined)
        .then(() => {
          following = undefined;
          return start();
        });
      return following;
    },
  };
}
