import { type Command, InvalidArgumentError } from 'commander';
import { formatRowId, type Unit } from '../kernel/index.ts';
import { type ApiKey, KEY_SCOPES, type KeyChanges, type KeyScope } from '../tenants/index.ts';
import { limitsJson, limitsText } from './limits.ts';
import { isoTime } from './values.ts';

/** Lets all through again. */
const ALL = 'all';
const NEVER = 'never';

/** What the flags gave. A flag's value cannot be null: commander would make it ''. */
export interface KeyFlags {
  readonly name?: string;
  readonly scopes?: KeyScope[];
  readonly models?: string[] | typeof ALL;
  readonly addresses?: string[] | typeof ALL;
  readonly expires?: Date | typeof NEVER;
}

/** Gives a command the flags of what is set on a key beside its limits. */
export function withKeyFlags(command: Command): Command {
  return command
    .option('--scopes <list>', 'what it may do: call, read, or both (call,read)', scopeList)
    .option('--models <slugs>', "the only models that it may call; 'all' for all", list)
    .option('--addresses <list>', "where it may be used from: 10.0.0.0/8,...; 'all'", list)
    .option('--expires <time>', "when it ends, in ISO 8601, or 'never'", timeOrNever);
}

/** What the flags change. */
export function readKeyFlags({ name, scopes, models, addresses, expires }: KeyFlags): KeyChanges {
  return {
    name,
    scopes,
    models: models === ALL ? null : models,
    addresses: addresses === ALL ? null : addresses,
    expiresAt: expires === NEVER ? null : expires,
  };
}

/** A key as a document has it. */
export function keyJson(key: ApiKey, unit: Unit) {
  return {
    id: keyId(key),
    account: formatRowId('acc', key.accountId),
    name: key.name,
    preview: key.preview,
    status: key.status,
    test: key.isTest,
    scheme: key.scheme,
    scopes: key.scopes,
    models: key.models,
    addresses: key.addresses,
    limits: limitsJson(key.limits, unit),
    expires_at: key.expiresAt?.toISOString() ?? null,
    last_used_at: key.lastUsedAt?.toISOString() ?? null,
    rotated_at: key.rotatedAt?.toISOString() ?? null,
    retiring: key.retiring.map(({ preview, endsAt }) => ({ preview, ends_at: endsAt })),
    created_at: key.createdAt.toISOString(),
  };
}

/** The same for people, line by line. */
export function keyText(key: ApiKey, unit: Unit): Record<string, string> {
  const { limits, retiring, ...json } = keyJson(key, unit);
  const shown = {
    ...json,
    limits: limitsText(key.limits, unit) || null,
    retiring: retiring.map(({ preview, ends_at }) => `${preview} until ${ends_at}`).join(', '),
  };
  const entries = Object.entries(shown).filter(([, value]) => value !== null && value !== '');
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}

export const keyId = ({ id }: ApiKey) => formatRowId('key', id);

function list(text: string): string[] | typeof ALL {
  if (text === ALL) return ALL;
  const parts = text.split(',').map((part) => part.trim());
  if (parts.every((part) => part !== '')) return parts;
  throw new InvalidArgumentError(`Give one or several, separated by commas, or '${ALL}'.`);
}

function scopeList(text: string): KeyScope[] {
  const scopes = text.split(',').map((part) => part.trim());
  const isScope = (scope: string): scope is KeyScope =>
    (KEY_SCOPES as readonly string[]).includes(scope);
  if (scopes.every(isScope)) return scopes;
  throw new InvalidArgumentError(`Give one or both of ${KEY_SCOPES.join(', ')}.`);
}

const timeOrNever = (text: string) => (text === NEVER ? NEVER : isoTime(text));
