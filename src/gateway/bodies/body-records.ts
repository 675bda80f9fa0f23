import type { Queryable } from '../../db/index.ts';
import type { SecretBox } from '../../kernel/index.ts';

/** What is kept of a request or an answer: never more than 64 kB of it. */
export interface KeptText {
  /** Undefined where it could not be read, or was too large to be read. */
  readonly text: string | undefined;
  readonly bytes: number;
  readonly isCut: boolean;
}

/** What was asked and answered in one call. */
export interface CallBodies {
  readonly callId: string;
  readonly platformId: bigint;
  readonly accountId: bigint;
  readonly httpStatus: number;
  readonly request: KeptText;
  readonly answer: KeptText & { readonly contentType: string | undefined };
  readonly keepDays: number;
}

const REMOVED_AT_ONCE = 1_000;

const boxOf = (secrets: SecretBox, callId: string) => secrets.derive(`call body:${callId}`);

/** Keeps them, encrypted, each call's with a key of its own. A repetition changes nothing. */
export async function insertBodies(
  db: Queryable,
  secrets: SecretBox,
  all: readonly CallBodies[],
): Promise<void> {
  const sealed = ({ callId }: CallBodies, { text }: KeptText) =>
    text === undefined ? null : boxOf(secrets, callId).seal(text);
  await db.query(
    `insert into call_body (call_id, platform_id, account_id, http_status, request, request_bytes,
       request_cut, answer, answer_type, answer_bytes, answer_cut, kept_until)
     select u.call_id, u.platform_id, u.account_id, u.http_status, u.request, u.request_bytes,
       u.request_cut, u.answer, u.answer_type, u.answer_bytes, u.answer_cut,
       call_started_at(u.call_id) + make_interval(days => u.days)
     from unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::smallint[], $5::bytea[], $6::bigint[],
         $7::boolean[], $8::bytea[], $9::text[], $10::bigint[], $11::boolean[], $12::int[])
       as u (call_id, platform_id, account_id, http_status, request, request_bytes, request_cut,
         answer, answer_type, answer_bytes, answer_cut, days)
     on conflict (call_id) do nothing`,
    [
      all.map(({ callId }) => callId),
      all.map(({ platformId }) => platformId),
      all.map(({ accountId }) => accountId),
      all.map(({ httpStatus }) => httpStatus),
      all.map((one) => sealed(one, one.request)),
      all.map(({ request }) => request.bytes),
      all.map(({ request }) => request.isCut),
      all.map((one) => sealed(one, one.answer)),
      all.map(({ answer }) => answer.contentType ?? null),
      all.map(({ answer }) => answer.bytes),
      all.map(({ answer }) => answer.isCut),
      all.map(({ keepDays }) => keepDays),
    ],
  );
}

interface Row {
  readonly httpStatus: number;
  readonly request: Buffer | null;
  readonly requestBytes: bigint;
  readonly requestCut: boolean;
  readonly answer: Buffer | null;
  readonly answerType: string | null;
  readonly answerBytes: bigint;
  readonly answerCut: boolean;
  readonly keptUntil: Date;
}

/** What is kept of a call of the platform; undefined when nothing is. */
export async function findCallBodies(
  db: Queryable,
  secrets: SecretBox,
  platformId: bigint,
  callId: string,
): Promise<
  (Pick<CallBodies, 'httpStatus' | 'request' | 'answer'> & { keptUntil: Date }) | undefined
> {
  const [row] = await db.query<Row>(
    `select http_status as "httpStatus", request, request_bytes as "requestBytes",
       request_cut as "requestCut", answer, answer_type as "answerType",
       answer_bytes as "answerBytes", answer_cut as "answerCut", kept_until as "keptUntil"
     from call_body where platform_id = $1 and call_id = $2 and kept_until > now()`,
    [platformId, callId],
  );
  if (row === undefined) return undefined;
  const open = (sealed: Buffer | null) =>
    sealed === null ? undefined : boxOf(secrets, callId).open(sealed);
  const { httpStatus, keptUntil } = row;
  const request = {
    text: open(row.request),
    bytes: Number(row.requestBytes),
    isCut: row.requestCut,
  };
  const contentType = row.answerType ?? undefined;
  const bytes = Number(row.answerBytes);
  const answer = { text: open(row.answer), bytes, isCut: row.answerCut, contentType };
  return { httpStatus, request, answer, keptUntil };
}

/** Removes what is kept no longer, some at a time; several processes do no harm. */
export async function removeOldBodies(db: Queryable): Promise<void> {
  for (;;) {
    const removed = await db.query(
      `delete from call_body where ctid = any (array(
         select ctid from call_body where kept_until <= now()
         order by kept_until limit ${REMOVED_AT_ONCE} for update skip locked))
       returning 1`,
    );
    if (removed.length < REMOVED_AT_ONCE) return;
  }
}
