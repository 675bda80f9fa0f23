import { createTransport } from 'nodemailer';

/** How mails go out. */
export interface SmtpSettings {
  /** `smtp://USER:PASSWORD@HOST:PORT`, or `smtps://` for TLS from the start. */
  readonly url: string;
  /** What stands in the field From: an address, or `Name <address>`. */
  readonly from: string;
}

/** A mail as it is handed to the server. */
export interface OutgoingMail {
  readonly id: bigint;
  readonly recipient: string;
  readonly subject: string;
  readonly body: string;
}

/** A mail that was not taken, and whether another try makes sense. */
export class MailRefused extends Error {
  override name = 'MailRefused';
  readonly isFinal: boolean;

  constructor(message: string, isFinal: boolean, cause: unknown) {
    super(message, { cause });
    this.isFinal = isFinal;
  }
}

export interface MailServer {
  /** Resolves when the server has taken the mail; rejects with {@link MailRefused}. */
  send(mail: OutgoingMail): Promise<void>;
  close(): void;
}

/** All of them together stay well below the time for which a mail is claimed. */
const TIMES = {
  dnsTimeout: 10_000,
  connectionTimeout: 10_000,
  greetingTimeout: 10_000,
  socketTimeout: 20_000,
};

/** Speaks SMTP, with TLS whenever the server offers it. A connection serves one mail. */
export function createMailServer({ url, from }: SmtpSettings): MailServer {
  const transport = createTransport({ url, ...TIMES }, { from });
  const domain = /@([^\s@>]+)>?\s*$/.exec(from)?.[1] ?? 'localhost';
  return {
    send: async ({ id, recipient, subject, body }) => {
      try {
        await transport.sendMail({
          to: { name: '', address: recipient },
          subject,
          text: body,
          // The same at every try, so that a receiver can tell a mail that came twice.
          messageId: `<farebox-${id}@${domain}>`,
          headers: { 'auto-submitted': 'auto-generated' },
          disableFileAccess: true,
          disableUrlAccess: true,
        });
      } catch (error) {
        throw refusalOf(error);
      }
    },
    close: () => transport.close(),
  };
}

/** A 5xx to the address or to the mail stays one; a wrong password or a lost line may be mended. */
function refusalOf(error: unknown): MailRefused {
  const {
    code,
    responseCode = 0,
    message,
  } = error as Error & {
    readonly code?: string;
    readonly responseCode?: number;
  };
  const isOfMail = code === 'EENVELOPE' || code === 'EMESSAGE';
  return new MailRefused(message, isOfMail && responseCode >= 500, error);
}
