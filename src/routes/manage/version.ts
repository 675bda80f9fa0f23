import type { MiddlewareHandler } from 'hono';
import type { ManagedEnv } from '../../http/index.ts';
import { Fault } from '../../kernel/index.ts';

/** The versions of the management API that this server speaks, by their days; the newest last. */
export const API_VERSIONS = ['2026-11-20'] as const;

/** What is spoken to who names none. */
export const API_VERSION = API_VERSIONS[0];

const HEADER = 'farebox-version';

/**
 * Says with every answer which version of the API it is of, and takes the same header of a
 * request. Fault: `version_unknown` (400).
 */
export const speakVersion: MiddlewareHandler<ManagedEnv> = async (c, next) => {
  const wanted = c.req.header(HEADER);
  if (wanted !== undefined && !(API_VERSIONS as readonly string[]).includes(wanted)) {
    throw new Fault({
      code: 'version_unknown',
      status: 400,
      message: `This server speaks no such version; 'Farebox-Version' is ${API_VERSIONS.join()}.`,
      headers: { [HEADER]: API_VERSION },
    });
  }
  await next();
  c.header(HEADER, wanted ?? API_VERSION);
};
