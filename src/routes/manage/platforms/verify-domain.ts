import { type Clock, Fault } from '../../../kernel/index.ts';
import type { Platform } from '../../../tenants/index.ts';
import { proofRecord } from './body.ts';

/** Asks the DNS for the TXT records of a name, as `resolveTxt` of node:dns does. */
export type ResolveTxt = (name: string) => Promise<readonly (readonly string[])[]>;

const NOT_THERE = new Set(['ENOTFOUND', 'ENODATA', 'NXDOMAIN']);

/**
 * Finds the proof that a platform's domain is its own; the instant at which it was found. Faults:
 * `domain_not_set`, `domain_not_proven` (422), `dns_unavailable` (503).
 */
export async function proveDomain(
  { domain, domainProof }: Platform,
  resolveTxt: ResolveTxt,
  clock: Clock,
): Promise<Date> {
  if (domain === null || domainProof === null) {
    const message = "Set the platform's domain first.";
    throw new Fault({ code: 'domain_not_set', status: 422, message });
  }
  const record = proofRecord(domain);
  const texts = await lookUp(record, resolveTxt);
  if (texts.includes(domainProof)) return new Date(clock.nowMs());
  throw new Fault({
    code: 'domain_not_proven',
    status: 422,
    param: 'domain',
    message:
      `The TXT record ${record} does not say '${domainProof}'. Add it at your DNS provider; ` +
      'a new record can take an hour to be seen.',
  });
}

async function lookUp(record: string, resolveTxt: ResolveTxt): Promise<string[]> {
  try {
    return (await resolveTxt(record)).map((chunks) => chunks.join(''));
  } catch (error) {
    if (NOT_THERE.has((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw new Fault({
      code: 'dns_unavailable',
      status: 503,
      message: 'The DNS gives no answer at this moment. Try again shortly.',
      cause: error,
    });
  }
}
