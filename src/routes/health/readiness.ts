import type { Queryable } from '../../db/index.ts';

/** Whether this process should get traffic, and why not. */
export interface Readiness {
  readonly database: 'ok' | 'unreachable';
  readonly migrations: 'ok' | 'missing' | 'unknown';
  readonly process: 'ok' | 'shutting_down';
}

interface ReadinessParts {
  readonly db: Queryable;
  /** The migrations that this program needs: the file names of its migrations folder. */
  readonly migrations: readonly string[];
  readonly isShuttingDown: () => boolean;
  /** How long the database may take to answer. */
  readonly timeoutMs: number;
}

/** Prepares the check behind `/readyz`: one real query, no paid call. */
export function createReadiness(parts: ReadinessParts): () => Promise<Readiness> {
  return async () => {
    const process = parts.isShuttingDown() ? 'shutting_down' : 'ok';
    const applied = await within(countApplied(parts), parts.timeoutMs);
    if (applied === undefined) return { database: 'unreachable', migrations: 'unknown', process };
    const migrations = applied === parts.migrations.length ? 'ok' : 'missing';
    return { database: 'ok', migrations, process };
  };
}

async function countApplied({ db, migrations }: ReadinessParts): Promise<number> {
  const [row] = await db.query<{ count: number }>(
    'select count(*)::int as count from schema_migration where name = any($1)',
    [migrations],
  );
  return row?.count ?? 0;
}

/** The result of some work, or undefined when it fails or takes longer. */
async function within<T>(work: Promise<T>, timeoutMs: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), timeoutMs);
  });
  try {
    return await Promise.race([work.catch(() => undefined), timeout]);
  } finally {
    clearTimeout(timer);
  }
}
