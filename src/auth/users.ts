import type { Queryable } from '../db/index.ts';
import { Fault, type Random } from '../kernel/index.ts';

/** A person of this instance, whatever platforms they have to do with. */
export interface User {
  readonly id: string;
  /** In lower case. */
  readonly mail: string;
  readonly name: string;
  /** They have shown that the address is theirs. */
  readonly isVerified: boolean;
  readonly createdAt: Date;
}

export interface NewUser {
  readonly mail: string;
  /** What people read; the address when there is none. */
  readonly name?: string | undefined;
  /** 8 to 128 characters; without one the user signs in otherwise, or sets one by mail. */
  readonly password?: string | undefined;
  readonly isVerified: boolean;
}

export const PASSWORD_LENGTH = { least: 8, most: 128 } as const;

const USER = `id, email as mail, name, "emailVerified" as "isVerified", "createdAt"`;
const ID_ALPHABET = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** Random letters and digits, as better-auth makes its ids and tokens: 32 are 190 bits. */
export function randomText(random: Random, length = 32): string {
  let text = '';
  while (text.length < length) {
    for (const byte of random(length)) {
      // 248 = 4 * 62: what is above would favour the first letters.
      if (byte < 248 && text.length < length) text += ID_ALPHABET[byte % 62];
    }
  }
  return text;
}

/**
 * Adds a user, with a password when one is given. Faults: `user_exists` (409), `invalid_mail` and
 * `invalid_password` (422).
 */
export async function createUser(tx: Queryable, random: Random, user: NewUser): Promise<User> {
  const mail = readMail(user.mail);
  const hash = user.password === undefined ? undefined : await hashNew(user.password);
  const id = randomText(random);
  const [made] = await tx.query<User>(
    `insert into auth."user" (id, name, email, "emailVerified") values ($1, $2, $3, $4)
     on conflict (email) do nothing returning ${USER}`,
    [id, user.name?.trim() || mail, mail, user.isVerified],
  );
  if (made === undefined) {
    throw new Fault({
      code: 'user_exists',
      status: 409,
      param: 'mail',
      message: `There is a user with the address ${mail} already.`,
    });
  }
  if (hash !== undefined) {
    await tx.query(
      `insert into auth.account (id, "accountId", "providerId", "userId", password)
       values ($1, $2, 'credential', $2, $3)`,
      [randomText(random), id, hash],
    );
  }
  return made;
}

/** The user with that address. */
export async function findUserByMail(db: Queryable, mail: string): Promise<User | undefined> {
  const [user] = await db.query<User>(`select ${USER} from auth."user" where email = $1`, [
    mail.trim().toLowerCase(),
  ]);
  return user;
}

/** Users, oldest first. */
export async function listUsers(
  db: Queryable,
  page: { readonly after?: string | undefined; readonly limit: number },
): Promise<User[]> {
  return db.query<User>(
    `select ${USER} from auth."user"
     where $1::text is null or ("createdAt", id) >
       (select "createdAt", id from auth."user" where id = $1)
     order by "createdAt", id limit $2`,
    [page.after ?? null, page.limit],
  );
}

/** An address as it is stored. Fault: `invalid_mail` (422). */
export function readMail(text: string): string {
  const mail = text.trim().toLowerCase();
  if (/^[^\s@,;<>"]{1,64}@[^\s@,;<>"]{1,189}$/.test(mail)) return mail;
  throw new Fault({
    code: 'invalid_mail',
    status: 422,
    param: 'mail',
    message: 'This is not a mail address. Give one such as ada@example.com.',
  });
}

async function hashNew(password: string): Promise<string> {
  if (password.length < PASSWORD_LENGTH.least || password.length > PASSWORD_LENGTH.most) {
    throw new Fault({
      code: 'invalid_password',
      status: 422,
      param: 'password',
      message: `A password has ${PASSWORD_LENGTH.least} to ${PASSWORD_LENGTH.most} characters.`,
    });
  }
  // Loaded where it is needed: most commands of the operator never are.
  const { hashPassword } = await import('better-auth/crypto');
  return hashPassword(password);
}
