import { transportFault } from '../../http/index.ts';
import { Fault } from '../../kernel/index.ts';

interface Refusal {
  readonly code?: unknown;
  readonly message?: unknown;
}

/** What is worth more words than better-auth has for it. */
const MESSAGES: Readonly<Record<string, string>> = {
  invalid_origin:
    'This request comes from a page of another site. If the page is yours, set ' +
    'FAREBOX_PUBLIC_URL to the address that people use.',
  email_not_verified:
    'This mail address is not confirmed yet. Open the link in the mail that was just sent to it.',
};

/** A refusal of better-auth as a fault of ours: its code in lower case, its text. */
export async function refusalOf(answer: Response): Promise<Fault> {
  const { status } = answer;
  const { code, message } = await readRefusal(answer);
  if (status === 429) return tooMany(answer);
  if (status === 404 && code === undefined) return transportFault('not_found');
  if (status === 415) return transportFault('unsupported_media_type');
  if (status >= 500) return new Fault({ ...BROKEN, internal: `better-auth: ${code} ${message}` });
  const known = typeof code === 'string' ? code.toLowerCase() : `auth_${status}`;
  const text = typeof message === 'string' && message !== '' ? message : 'This was refused';
  const sentence = /[.!?]$/.test(text) ? text : `${text}.`;
  return new Fault({ code: known, status, message: MESSAGES[known] ?? sentence });
}

const BROKEN = {
  code: 'internal_error',
  status: 500,
  message: 'Something went wrong on our side. Quote the request id if you report it.',
};

function tooMany(answer: Response): Fault {
  return new Fault({
    code: 'too_many_attempts',
    status: 429,
    message: 'There were too many attempts from this address. Wait a moment and try again.',
    retryAfterSeconds: Number(answer.headers.get('x-retry-after') ?? 10),
  });
}

async function readRefusal(answer: Response): Promise<Refusal> {
  try {
    const body: unknown = await answer.json();
    return typeof body === 'object' && body !== null ? body : {};
  } catch {
    return {};
  }
}
