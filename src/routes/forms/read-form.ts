import type { Context } from 'hono';
import { type ManagedEnv, transportFault } from '../../http/index.ts';

/** The fields of a form, by their names. */
export type FormFields = Readonly<Partial<Record<string, string>>>;

/** Reads what a form of ours sends. Fault: `unsupported_media_type` (415) for another body. */
export async function readForm(c: Context<ManagedEnv>): Promise<FormFields> {
  const type = c.req.header('content-type') ?? '';
  if (!/^application\/x-www-form-urlencoded\b/i.test(type)) {
    throw transportFault(
      'unsupported_media_type',
      "Send the form with 'content-type: application/x-www-form-urlencoded'.",
    );
  }
  return Object.fromEntries(new URLSearchParams(await c.req.text()));
}
