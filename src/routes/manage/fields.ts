import { z } from '@hono/zod-openapi';
import { Fault, formatRowId, parseRowId } from '../../kernel/index.ts';

// Fields that many routes have.

export const Slug = z
  .string()
  .regex(/^[a-z][a-z0-9-]{1,62}$/, '2 to 63 small letters, digits and hyphens, a letter first')
  .openapi({ example: 'acme' });
export const Name = z.string().trim().min(1).max(200).openapi({ example: 'Acme' });
export const Mail = z
  .string()
  .trim()
  .max(254)
  .regex(/^[^\s@]+@[^\s@]+$/, 'not a mail address')
  .transform((mail) => mail.toLowerCase())
  .openapi({ example: 'ada@example.com' });
export const Instant = z.iso
  .datetime({ offset: true })
  .describe('An instant (RFC 3339).')
  .openapi({ example: '2026-11-20T12:00:00Z' });
export const Reason = z.string().trim().min(1).max(500).describe('Why, for the record.');
export const UnitCode = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_-]{0,19}$/, '1 to 20 letters, digits, _ and -, a letter first')
  .openapi({ example: 'USD' });

/** An id in a path: any text, since what is malformed is as little there as what is missing. */
export const IdParam = z.string().min(1).max(100);

/** The row that an id in a path names. Throws `missing` when it is no such id. */
export function idOf(prefix: string, text: string, missing: () => Fault): bigint {
  const id = parseRowId(prefix, text);
  if (id === undefined) throw missing();
  return id;
}

export const shownId = (prefix: string, id: bigint | null) =>
  id === null ? null : formatRowId(prefix, id);

/** A thing of a noun that is not there, or not for this caller. */
export function notFound(noun: string): Fault {
  return new Fault({
    code: `${noun}_not_found`,
    status: 404,
    message: `There is no such ${noun.replaceAll('_', ' ')} for you.`,
  });
}
