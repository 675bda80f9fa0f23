import type { Clock } from '../kernel/index.ts';
import type { Upstreams } from './upstream.ts';
import type { UpstreamRoute } from './upstream-call.ts';

/** What came of asking an upstream for its models. */
export interface Probe {
  /** It answered with success. */
  readonly ok: boolean;
  /** The status of its answer; null when none came. */
  readonly status: number | null;
  readonly latencyMs: number;
  /** Why it is not ok, for its seller; null when it is. */
  readonly problem: string | null;
  /** Names of the first hundred models that it lists; null when it lists none in OpenAI's way. */
  readonly models: readonly string[] | null;
}

const TIMEOUTS = { firstByteTimeoutMs: 10_000, idleTimeoutMs: 5_000 };
const MOST_BYTES = 2_000_000;
const MOST_MODELS = 100;

/** Asks for `GET /models`, which costs nothing and takes the key, with the upstream's own key. */
export async function probeUpstream(
  upstreams: Upstreams,
  route: UpstreamRoute,
  clock: Clock,
): Promise<Probe> {
  const chunks: Buffer[] = [];
  const startedMs = clock.monotonicMs();
  let [bytes, status] = [0, 0];
  const call = upstreams.call({
    ...{ route, path: '/models', method: 'GET', timeouts: TIMEOUTS },
    onHeaders: (answered) => {
      status = answered;
    },
    onData: (chunk) => {
      bytes += chunk.length;
      if (bytes > MOST_BYTES) call.abort();
      else chunks.push(chunk);
    },
  });
  const outcome = await call.done;
  const latencyMs = Math.round(clock.monotonicMs() - startedMs);
  if (outcome.kind !== 'complete') {
    const answered = outcome.answer?.status ?? (status === 0 ? null : status);
    const problem = answered === null ? outcome.kind : `It answered with status ${answered}.`;
    return { ok: false, status: answered, latencyMs, problem, models: null };
  }
  const models = modelsOf(Buffer.concat(chunks).toString());
  return { ok: true, status, latencyMs, problem: null, models };
}

function modelsOf(text: string): string[] | null {
  try {
    const { data } = JSON.parse(text) as { data?: unknown };
    if (!Array.isArray(data)) return null;
    const names = data.map((one: { id?: unknown } | null) => one?.id);
    return names.filter((name) => typeof name === 'string').slice(0, MOST_MODELS);
  } catch {
    return null;
  }
}
