import type { Queryable } from '../../src/db/index.ts';

/** A column, as far as both our snapshot and our types care. */
export interface Column {
  readonly name: string;
  /** As PostgreSQL writes it: `bigint`, `numeric(6,3)`, `text[]`. */
  readonly type: string;
  /** The type's name in pg_type, without lengths, of a domain that of its base: `int8`, `_text`. */
  readonly typeName: string;
  readonly required: boolean;
  readonly default: string | null;
  readonly generated: boolean;
}

/** A table or view of the schema `public`. */
export interface Relation {
  readonly name: string;
  readonly kind: 'table' | 'view';
  /** `range (id)` of a partitioned table. */
  readonly partition: string | null;
  /** `fillfactor=60`, ... */
  readonly options: readonly string[] | null;
  readonly columns: readonly Column[];
  readonly constraints: readonly {
    readonly kind: string;
    readonly name: string;
    readonly text: string;
  }[];
  readonly indexes: readonly string[];
  readonly triggers: readonly string[];
  /** What `farebox_tenant` may do with the rows that `src/db/sql/row-security.sql` shows it. */
  readonly grants: readonly string[];
}

export interface Catalogue {
  /** `name as type check (...)`, one line each. */
  readonly domains: readonly string[];
  readonly relations: readonly Relation[];
  /** `name(arguments) returns type`, one line each. */
  readonly functions: readonly string[];
}

/**
 * Reads the structure of a migrated database. What differs between PostgreSQL 15 and 18 is left
 * out: not-null constraints are rows of their own in 18 only (the column has it), and the text of
 * views is written differently. Partitions are made at run time and left out as well.
 */
export async function readCatalogue(db: Queryable): Promise<Catalogue> {
  const domains = await db.query<{ text: string }>(DOMAINS);
  const relations = await db.query<Relation>(RELATIONS);
  const functions = await db.query<{ text: string }>(FUNCTIONS);
  const textOf = (row: { text: string }) => row.text;
  return { domains: domains.map(textOf), relations, functions: functions.map(textOf) };
}

const DOMAINS = `
  select concat_ws(' ', t.typname, 'as', format_type(t.typbasetype, t.typtypmod),
    (select string_agg(pg_get_constraintdef(k.oid, true), ' ' order by k.conname collate "C")
      from pg_constraint k where k.contypid = t.oid and k.contype = 'c')) as text
  from pg_type t
  where t.typnamespace = 'public'::regnamespace and t.typtype = 'd'
  order by t.typname collate "C"`;

const RELATIONS = `
  select c.relname as name,
    case c.relkind when 'v' then 'view' else 'table' end as kind,
    pg_get_partkeydef(c.oid) as partition,
    c.reloptions as options,
    (select coalesce(json_agg(json_build_object(
        'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
        'typeName', coalesce(b.typname, t.typname), 'required', a.attnotnull, 'default',
        pg_get_expr(d.adbin, d.adrelid), 'generated', a.attgenerated <> '')
        order by a.attnum), '[]')
      from pg_attribute a join pg_type t on t.oid = a.atttypid
      left join pg_type b on b.oid = t.typbasetype
      left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
    (select coalesce(json_agg(json_build_object('kind', k.contype, 'name', k.conname,
        'text', pg_get_constraintdef(k.oid, true))
        order by position(k.contype::text in 'pufcx'), k.conname collate "C"), '[]')
      from pg_constraint k
      where k.conrelid = c.oid and k.contype in ('p', 'u', 'f', 'c', 'x')) as constraints,
    (select coalesce(json_agg(pg_get_indexdef(i.indexrelid)
        order by pg_get_indexdef(i.indexrelid) collate "C"), '[]')
      from pg_index i
      where i.indrelid = c.oid
        and not exists (select from pg_constraint k where k.conindid = i.indexrelid
          and k.contype in ('p', 'u', 'x'))) as indexes,
    (select coalesce(json_agg(pg_get_triggerdef(t.oid, true) order by t.tgname), '[]')
      from pg_trigger t where t.tgrelid = c.oid and not t.tgisinternal) as triggers,
    (select coalesce(json_agg(lower(a.privilege_type) order by a.privilege_type), '[]')
      from aclexplode(c.relacl) a
      where a.grantee = 'farebox_tenant'::regrole) as grants
  from pg_class c
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v')
    and not c.relispartition
  order by c.relname collate "C"`;

const FUNCTIONS = `
  select f.text
  from pg_proc p
  cross join format('%s(%s) returns %s', p.proname, pg_get_function_arguments(p.oid),
    pg_get_function_result(p.oid)) as f (text)
  where p.pronamespace = 'public'::regnamespace
  order by f.text collate "C"`;
