// The product's own rooms as they are shipped: built, and loaded through their doors.
import { ensureBuilt } from '../../tools/build.mjs';

export const root = new URL('../../', import.meta.url);

/** Everything that the bench uses of the product, by room. */
export async function loadRooms() {
  await ensureBuilt(root);
  const names = ['kernel', 'db', 'ledger', 'tenants', 'metering'];
  const rooms = await Promise.all(
    names.map((name) => import(new URL(`dist/${name}/index.js`, root))),
  );
  const { schemaFiles } = await import(new URL('dist/instance.js', root));
  const loaded = Object.fromEntries(names.map((name, index) => [name, rooms[index]]));
  const { createIds, createLog, systemClock, systemRandom } = loaded.kernel;
  return {
    ...loaded,
    schemaFiles,
    clock: systemClock,
    random: systemRandom,
    ids: createIds(systemClock, systemRandom),
    log: createLog('warn'),
  };
}
