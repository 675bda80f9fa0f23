import { Fault } from '../kernel/index.ts';
import { isKeyPrefix } from './key-format.ts';
import type { NewPlatform } from './platforms.ts';

/** Refuses what a platform cannot be called or count. Fault: `invalid_platform` (422). */
export function checkNewPlatform(platform: NewPlatform): void {
  const { slug, name, keyPrefix, units, timeZone = 'UTC', defaultOutputTokens = 1 } = platform;
  const codes = new Set(units.map(({ code }) => code));
  const rules: readonly (readonly [boolean, param: string, message: string])[] = [
    [
      /^[a-z][a-z0-9-]{1,62}$/.test(slug),
      'slug',
      'A slug is 2 to 63 small letters, digits and hyphens, and begins with a letter.',
    ],
    [name.trim() !== '' && name.length <= 200, 'name', 'Give a name of 1 to 200 characters.'],
    [
      isKeyPrefix(keyPrefix),
      'key_prefix',
      "A key prefix is 2 to 20 letters, digits, '_' and '-', and begins with a letter or digit.",
    ],
    [
      units.every(({ code }) => /^[A-Za-z][A-Za-z0-9_-]{0,19}$/.test(code)) &&
        codes.size === units.length,
      'units',
      'Units have codes of 1 to 20 letters and digits, each only once.',
    ],
    [
      units.every(({ scale }) => Number.isInteger(scale) && scale >= 0 && scale <= 12),
      'units',
      "A unit's scale is 0 to 12 decimals.",
    ],
    [isTimeZone(timeZone), 'time_zone', 'Give a time zone by its IANA name, such as UTC.'],
    [
      Number.isInteger(defaultOutputTokens) && defaultOutputTokens > 0,
      'default_output_tokens',
      'The default output tokens are a positive integer.',
    ],
  ];
  const broken = rules.find(([kept]) => !kept);
  if (broken === undefined) return;
  const [, param, message] = broken;
  throw new Fault({ code: 'invalid_platform', status: 422, param, message });
}

/** Whether PostgreSQL and JavaScript mean the same by this name of a time zone. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    // Offsets such as '+02:00' are understood too, but PostgreSQL reads them the other way round.
    return /^[A-Za-z]/.test(name);
  } catch {
    return false;
  }
}
