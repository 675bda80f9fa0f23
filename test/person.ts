import type { Db } from '../src/db/index.ts';
import type { Serving } from './serving.ts';

/** An answer that was read whole. */
export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  /** Undefined when it is not JSON. */
  readonly json: Record<string, unknown> | undefined;
  readonly text: string;
}

/** Somebody at a browser: keeps cookies, sends its origin, comes from an address of its own. */
export interface Person {
  readonly cookies: ReadonlyMap<string, string>;
  get(path: string, headers?: Record<string, string>): Promise<Answered>;
  post(path: string, body?: object, headers?: Record<string, string>): Promise<Answered>;
  /** Sends a form as a browser does. */
  submit(path: string, fields: Record<string, string>): Promise<Answered>;
}

let addresses = 0;

/**
 * Needs an instance that trusts one proxy, so that each person has an address of its own. The
 * origin is the public address of the instance, when it has one.
 */
export function createPerson({ url }: Pick<Serving, 'url'>, origin = url): Person {
  addresses += 1;
  const cookies = new Map<string, string>();
  const address = `198.51.${addresses >> 8}.${addresses & 255}`;
  const send = async (path: string, init: RequestInit, headers: Record<string, string> = {}) => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(`${url}${path}`, {
      ...init,
      redirect: 'manual',
      headers: {
        'x-forwarded-for': address,
        origin,
        ...(cookie !== '' && { cookie }),
        ...(init.headers as Record<string, string>),
        ...headers,
      },
    });
    for (const line of answer.headers.getSetCookie()) keep(cookies, line);
    return read(answer);
  };
  return {
    cookies,
    get: (path, headers) => send(path, {}, headers),
    post: (path, body = {}, headers = {}) =>
      send(
        path,
        { method: 'POST', body: JSON.stringify(body) },
        { 'content-type': 'application/json', ...headers },
      ),
    submit: (path, fields) => send(path, { method: 'POST', body: new URLSearchParams(fields) }),
  };
}

function keep(cookies: Map<string, string>, line: string): void {
  const [pair = ''] = line.split(';');
  const at = pair.indexOf('=');
  const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
  if (value === '' || /max-age=0/i.test(line)) cookies.delete(name);
  else cookies.set(name, value);
}

async function read(answer: Response): Promise<Answered> {
  const text = await answer.text();
  const isJson = /json/.test(answer.headers.get('content-type') ?? '') && text !== '';
  return {
    status: answer.status,
    headers: answer.headers,
    json: isJson ? JSON.parse(text) : undefined,
    text,
  };
}

/** The links in the newest mail to an address. */
export async function newestMail(
  db: Db,
  recipient: string,
): Promise<{ kind: string; body: string; link: URL } | undefined> {
  const [mail] = await db.query<{ kind: string; body: string }>(
    'select kind, body from outbox_mail where recipient = $1 order by id desc limit 1',
    [recipient],
  );
  const link = /https?:\S+/.exec(mail?.body ?? '')?.[0];
  return mail && { ...mail, link: new URL(link ?? 'none:') };
}

/** Signs up, confirms the address and signs in. */
export async function signUp(serving: Serving, mail: string, password: string): Promise<Person> {
  const person = createPerson(serving);
  await person.post('/auth/sign-up/email', { name: 'Ada', email: mail, password });
  const { link } = (await newestMail(serving.db, mail)) ?? {};
  if (link === undefined) throw new Error('there is no mail');
  await person.get(link.pathname + link.search);
  const answer = await person.post('/auth/sign-in/email', { email: mail, password });
  if (answer.status !== 200) throw new Error(answer.text);
  return person;
}
