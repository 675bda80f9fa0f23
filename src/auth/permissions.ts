import { BlockList, isIP } from 'node:net';
import { Fault } from '../kernel/index.ts';
import type { KeyScope } from '../tenants/index.ts';
import type { Caller } from './caller.ts';

/** Reads networks as PostgreSQL writes them, such as `10.0.0.0/8`. */
export function networksOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits = ''] = network.split('/');
    const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
    list.addSubnet(address, Number(bits), family);
  }
  return list;
}

/**
 * Refuses a caller from an address that its key may not be used from; one that is not known is
 * none of them. Fault: `address_not_allowed` (403).
 */
export function requireAddress({ addresses }: Caller, address: string | undefined): void {
  if (addresses === undefined) return;
  const family = address === undefined ? 0 : isIP(address);
  if (address !== undefined && family !== 0) {
    if (addresses.check(address, family === 4 ? 'ipv4' : 'ipv6')) return;
  }
  throw new Fault({
    code: 'address_not_allowed',
    status: 403,
    message: 'This API key may not be used from this address. Its owner sets from which it may.',
  });
}

/** Refuses a caller whose key has not the scope. Fault: `scope_missing` (403). */
export function requireScope({ scopes }: Caller, scope: KeyScope): void {
  if (scopes.includes(scope)) return;
  throw new Fault({
    code: 'scope_missing',
    status: 403,
    message: `This API key has not the scope '${scope}'. Use another key, or give it that scope.`,
  });
}

/** Refuses a model that the caller's key is not made for. Fault: `model_not_allowed` (403). */
export function requireModel({ models }: Caller, slug: string): void {
  if (models === undefined || models.has(slug)) return;
  throw new Fault({
    code: 'model_not_allowed',
    status: 403,
    param: 'model',
    message: 'This API key may not call this model. GET /v1/models lists those that it may.',
  });
}
