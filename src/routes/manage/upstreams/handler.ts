import type { z } from '@hono/zod-openapi';
import {
  changeUpstream,
  createUpstream,
  listUpstreams,
  openCredential,
  requireUpstream,
  type UpstreamChanges,
  type UpstreamState,
} from '../../../catalog/index.ts';
import { formatRowId, parseRowId } from '../../../kernel/index.ts';
import type { Act, Manage } from '../manage.ts';
import * as contract from './contract.ts';

export function mountUpstreams(manage: Manage): void {
  const { ids, secrets, outbound } = manage.parts;

  /** Who runs the instance may lead anywhere; what a seller enters must be public or allowed. */
  const chosenBy = ({ isOperator }: Act, baseUrl: string): UpstreamState['setBy'] => {
    if (isOperator) return 'operator';
    if (baseUrl !== 'demo:') outbound.check(baseUrl);
    return 'seller';
  };

  manage.mount(contract.listUpstreams, async (c, { tx, platformId }) => {
    const data = (await listUpstreams(tx, platformId)).map(upstreamBody);
    return c.json({ object: 'list' as const, data }, 200);
  });

  manage.mount(contract.createUpstream, async (c, act) => {
    const { base_url: baseUrl, ...body } = c.req.valid('json');
    const { tx, platformId } = act;
    const id = await createUpstream(tx, ids, secrets, {
      ...{ platformId, baseUrl, name: body.name, credential: body.credential },
      firstByteTimeoutMs: body.first_byte_timeout_ms,
      idleTimeoutMs: body.idle_timeout_ms,
      setBy: chosenBy(act, baseUrl),
    });
    const after = upstreamBody(await requireUpstream(tx, platformId, id));
    await act.record({ action: 'upstream.create', subject: after.id, after });
    return c.json(after, 201);
  });

  const change = async (act: Act, name: string, verb: string, changesOf: () => UpstreamChanges) => {
    const { tx, platformId } = act;
    const upstream = await requireUpstream(tx, platformId, parseRowId('ups', name));
    const before = upstreamBody(upstream);
    const after = upstreamBody(
      await changeUpstream(tx, secrets, platformId, upstream, changesOf()),
    );
    await act.record({ action: `upstream.${verb}`, subject: after.id, before, after });
    return after;
  };

  manage.mount(contract.updateUpstream, async (c, act) => {
    const { base_url: baseUrl, ...body } = c.req.valid('json');
    const changesOf = () => ({
      baseUrl,
      credential: body.credential,
      firstByteTimeoutMs: body.first_byte_timeout_ms,
      idleTimeoutMs: body.idle_timeout_ms,
      setBy: baseUrl === undefined ? undefined : chosenBy(act, baseUrl),
    });
    return c.json(await change(act, c.req.valid('param').upstream, 'update', changesOf), 200);
  });

  for (const [route, verb, active] of [
    [contract.activateUpstream, 'activate', true],
    [contract.deactivateUpstream, 'deactivate', false],
  ] as const) {
    manage.mount(route, async (c, act) => {
      return c.json(
        await change(act, c.req.valid('param').upstream, verb, () => ({ active })),
        200,
      );
    });
  }

  mountTest(manage);
}

function mountTest(manage: Manage): void {
  const { secrets, probe } = manage.parts;
  // Long, so that no transaction waits for the upstream.
  manage.mountLong(contract.testUpstream, async (c, { transaction, platformId }) => {
    const id = parseRowId('ups', c.req.valid('param').upstream);
    const { upstream, credential } = await transaction(async (tx) => {
      const found = await requireUpstream(tx, platformId, id);
      return {
        upstream: found,
        credential: await openCredential(tx, secrets, platformId, found.id),
      };
    });
    const isGuarded = upstream.setBy === 'seller';
    const { latencyMs, ...found } = await probe({
      ...{ baseUrl: upstream.baseUrl, credential, isGuarded },
    });
    return c.json(
      { object: 'upstream_test' as const, latency_ms: latencyMs, ...found, ...modelsOf(found) },
      200,
    );
  });
}

const modelsOf = ({ models }: { readonly models: readonly string[] | null }) => ({
  models: models === null ? null : [...models],
});

/** Without the credential, of which it only says whether there is one. */
function upstreamBody(upstream: UpstreamState): z.input<typeof contract.Upstream> {
  return {
    id: formatRowId('ups', upstream.id),
    object: 'upstream',
    name: upstream.name,
    base_url: upstream.baseUrl,
    has_credential: upstream.hasCredential,
    active: upstream.active,
    first_byte_timeout_ms: upstream.firstByteTimeoutMs,
    idle_timeout_ms: upstream.idleTimeoutMs,
    set_by: upstream.setBy,
    created_at: upstream.createdAt.toISOString(),
  };
}
