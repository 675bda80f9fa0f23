import {
  ACCOUNT_KEY,
  COUNTED,
  PLATFORM,
  summedByAccount,
  summedByPlatform,
} from './seal/roll-up.ts';
import type { Check } from './verify-checks.ts';

// Asked once, not of every row.
const KEPT_SINCE = '(select calls_kept_since())';

const SEALED = `select * from call_usage c where c.id < (select sealed_until())
  and not exists (select from late_call l where l.id = c.id and l.sealed_in is null)
  and c.hour >= ${KEPT_SINCE}`;

/** Compares a table of sums with what they should be, row by row. */
const sums = (table: string, key: string, derived: string, which = 'true') => `
  select format('${table} of %s', (${key})) as subject,
    ${shown('e')} as expected, ${shown('t')} as found
  from (${derived}) e full join ${table} t using (${key})
  where (${columns('e')}) is distinct from (${columns('t')}) and (${which})`;

/** Of a day that was dropped the sums are all that is left. */
const KEPT = `hour >= ${KEPT_SINCE}`;

const columns = (table: string) => COUNTED.map((column) => `${table}.${column}`).join(', ');

const shown = (table: string) =>
  `case when ${table}.calls is null then 'no such sum' else format('%s', (${columns(table)})) end`;

/** The sums by hour are derived from the calls that blocks cover, and nothing else. */
export const USAGE_CHECKS: readonly Check[] = [
  {
    name: 'usage_is_sealed_calls',
    promise: "An account's usage of an hour is the sum of its sealed calls of that hour.",
    sql: sums('usage_of_account', ACCOUNT_KEY, summedByAccount(SEALED), KEPT),
  },
  {
    name: 'usage_of_platform_is_its_accounts',
    promise: "A platform's usage of an hour is the sum of that of its accounts.",
    sql: sums('usage_of_platform', PLATFORM, summedByPlatform('usage_of_account')),
  },
];
