import { createHash } from 'node:crypto';
import { z } from 'zod';
import { Fault } from '../../kernel/index.ts';
import { COMPONENTS, type Component, type Usage } from '../../pricing/index.ts';

/** An event is taken when the work that it tells of was done at most so long ago. */
const OLDEST_DAYS = 35;
const DAY_MS = 86_400_000;
/** Clocks of others go a little ahead. */
const AHEAD_MS = 300_000;

const Quantity = z.int().min(0).max(1_000_000_000);

/** What is read of a CloudEvent (1.0, structured JSON); what else it carries is left unread. */
export const UsageEventBody = z.looseObject({
  specversion: z.literal('1.0').optional().describe('Of CloudEvents.'),
  id: z.string().min(1).max(255).describe('With `source` it names the event, for ever.'),
  source: z.string().min(1).max(500).describe('Where it was measured.'),
  type: z.string().max(255).optional(),
  subject: z
    .string()
    .min(1)
    .max(255)
    .describe('Who pays: the id of an account, or its outside id.'),
  time: z.iso
    .datetime({ offset: true })
    .optional()
    .describe('When the work was done; now without it.'),
  datacontenttype: z.string().max(255).optional(),
  data: z
    .strictObject({
      product: z.string().min(1).max(200).describe('The slug of the product.'),
      usage: z
        .partialRecord(z.enum(COMPONENTS), Quantity)
        .describe('What was used, every token in one component only.'),
    })
    .describe('What was used of what.'),
});

/** Work done elsewhere, as it was reported. */
export interface UsageEvent {
  readonly source: string;
  readonly id: string;
  /** SHA-256 of what it says. */
  readonly fingerprint: Buffer;
  readonly subject: string;
  readonly at: Date;
  readonly product: string;
  readonly usage: Usage;
}

/**
 * Reads one event. Faults: `invalid_usage_event` (400) with the path of what does not fit,
 * `usage_event_too_old` (422) beyond 35 days, `usage_event_in_future` (422).
 */
export function readUsageEvent(raw: unknown, now: Date): UsageEvent {
  const result = UsageEventBody.safeParse(raw);
  if (!result.success) throw invalidEvent(result.error);
  const { id, source, subject, time, data } = result.data;
  const at = time === undefined ? now : new Date(time);
  if (at.getTime() < now.getTime() - OLDEST_DAYS * DAY_MS) throw tooOld();
  if (at.getTime() > now.getTime() + AHEAD_MS) {
    const message = "'time' lies in the future. Report work when it is done; check your clock.";
    throw new Fault({ code: 'usage_event_in_future', status: 422, param: 'time', message });
  }
  const usage: { [C in Component]?: bigint } = {};
  for (const component of COMPONENTS) {
    const quantity = data.usage[component] ?? 0;
    if (quantity > 0) usage[component] = BigInt(quantity);
  }
  return {
    ...{ source, id, subject, at, usage },
    product: data.product,
    fingerprint: fingerprintOf([subject, time ?? '', data.product, usageText(usage)]),
  };
}

const usageText = (usage: Usage) =>
  COMPONENTS.map((component) => `${component}=${usage[component] ?? 0n}`).join(' ');

function fingerprintOf(parts: readonly string[]): Buffer {
  return createHash('sha256').update(JSON.stringify(parts)).digest();
}

/** What was reported longer ago than calls are told apart. */
export function tooOld(): Fault {
  return new Fault({
    code: 'usage_event_too_old',
    status: 422,
    param: 'time',
    message: `Events are taken for ${OLDEST_DAYS} days after the work. This one is older.`,
  });
}

function invalidEvent(error: z.ZodError): Fault {
  const [issue] = error.issues;
  const path = issue?.path.join('.') ?? '';
  return new Fault({
    code: 'invalid_usage_event',
    status: 400,
    param: path === '' ? null : path,
    message: `${path === '' ? 'The event' : `'${path}'`} is not valid: ${issue?.message ?? ''}.`,
  });
}
