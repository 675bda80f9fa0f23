import { createHash } from 'node:crypto';
import type { Queryable } from '../../db/index.ts';
import type { Amount, Unit } from '../../kernel/index.ts';
import type { ImportRow, RefusedRow } from './read-row.ts';

/** An account that a row names. */
export interface MatchedAccount {
  readonly id: bigint;
  readonly mail: string | null;
  readonly externalId: string | null;
  readonly name: string;
  readonly plan: string | null;
  /** The row's name is that of an account that was merged into this one. */
  readonly isLed: boolean;
}

/** What is to be done for a row. */
export interface RowPlan {
  readonly row: ImportRow;
  readonly account: MatchedAccount | undefined;
  /** Names that the account gets in place of those that it has. */
  readonly changes: Pick<MatchedAccount, 'mail' | 'externalId' | 'name' | 'plan'> | undefined;
  /** What its wallet is given, under that reference; undefined when it has it or gets nothing. */
  readonly opening: { readonly amount: Amount; readonly reference: string } | undefined;
}

const FIND = `select r.line, a.id, a.mail, a.external_id as "externalId", a.name,
    (select slug from plan_at($1, a.id, clock_timestamp()) f
      join plan on plan.id = f.plan_id) as plan,
    e.id is not null as "byExternal",
    case when e.id is null then m.merged_into else e.merged_into end is not null as "isLed",
    coalesce(e.merged_into, e.id) <> coalesce(m.merged_into, m.id) as "isTwo"
  from unnest($2::int[], $3::text[], $4::text[]) as r (line, external_id, mail)
  left join account e on e.platform_id = $1 and e.external_id = r.external_id
  left join account m on m.platform_id = $1 and m.mail = r.mail
  join account a on a.id = coalesce(e.merged_into, e.id, m.merged_into, m.id)`;

interface Found extends MatchedAccount {
  readonly line: number;
  readonly byExternal: boolean;
  readonly isTwo: boolean | null;
}

/** Finds for each row of a batch its account, and decides what is to be done. */
export async function matchRows(
  tx: Queryable,
  platformId: bigint,
  unit: Unit,
  rows: readonly ImportRow[],
): Promise<(RowPlan | RefusedRow)[]> {
  const found = await tx.query<Found>(FIND, [
    platformId,
    rows.map(({ line }) => line),
    rows.map(({ externalId }) => externalId),
    rows.map(({ mail }) => mail),
  ]);
  const accounts = new Map(found.map((one) => [one.line, one]));
  const given = await findOpenings(tx, platformId, unit, rows, accounts);
  return rows.map((row) => decide(row, accounts.get(row.line), unit, given));
}

/** What the names of a row and of its account were given by imports before. */
async function findOpenings(
  tx: Queryable,
  platformId: bigint,
  unit: Unit,
  rows: readonly ImportRow[],
  accounts: ReadonlyMap<number, Found>,
): Promise<ReadonlyMap<string, Amount>> {
  const references = rows.flatMap((row) => referencesOf(unit, row, accounts.get(row.line)));
  const openings = await tx.query<{ reference: string; amount: Amount }>(
    'select reference, amount from transfer where platform_id = $1 and reference = any ($2)',
    [platformId, references],
  );
  return new Map(openings.map(({ reference, amount }) => [reference, amount]));
}

type Names = Pick<ImportRow, 'mail' | 'externalId'>;

/** By each of its names an account is given its opening balance once; the first is written down. */
function referencesOf(unit: Unit, row: Names, account: Names | undefined): string[] {
  const names = [row, ...(account === undefined ? [] : [account])].flatMap((one) => [
    ...(one.externalId === null ? [] : [`id:${one.externalId}`]),
    ...(one.mail === null ? [] : [`mail:${one.mail}`]),
  ]);
  return names.map((name) => {
    const reference = `import:${unit.code}:${name}`;
    if (reference.length <= 255) return reference;
    return `import:${unit.code}:hash:${createHash('sha256').update(name).digest('hex')}`;
  });
}

function decide(
  row: ImportRow,
  account: Found | undefined,
  unit: Unit,
  given: ReadonlyMap<string, Amount>,
): RowPlan | RefusedRow {
  const refuse = (field: RefusedRow['field'], code: string, reason: string) => {
    return { line: row.line, field, code, reason };
  };
  if (account?.isTwo === true) {
    return refuse(
      'mail',
      'two_accounts',
      'Its mail and its external id are those of two accounts.',
    );
  }
  const isOther = row.externalId !== null && account?.byExternal === false;
  if (isOther && account.externalId !== null) {
    const reason = 'The account with this mail has another external id.';
    return refuse('external_id', 'other_external_id', reason);
  }
  const references = referencesOf(unit, row, account);
  const before = references.map((one) => given.get(one)).find((amount) => amount !== undefined);
  const amount = row.balance ?? 0n;
  if (before !== undefined && row.balance !== null && before !== amount) {
    const reason = 'Another balance was imported for it before. Change it by an adjustment.';
    return refuse('balance', 'balance_imported', reason);
  }
  const [reference = ''] = references;
  const opening = amount > 0n && before === undefined ? { amount, reference } : undefined;
  return { row, account, changes: account && changesOf(row, account), opening };
}

function changesOf(row: ImportRow, account: MatchedAccount): RowPlan['changes'] {
  const names = account.isLed ? account : row;
  const changed = {
    mail: names.mail ?? account.mail,
    externalId: names.externalId ?? account.externalId,
    name: account.isLed ? account.name : (row.name ?? account.name),
    plan: row.plan ?? account.plan,
  };
  const isSame = (['mail', 'externalId', 'name', 'plan'] as const).every(
    (field) => changed[field] === account[field],
  );
  return isSame ? undefined : changed;
}
