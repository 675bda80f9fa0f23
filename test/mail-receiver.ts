import { createServer, type Socket } from 'node:net';

/** A mail as it came over the wire. */
export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  /** Headers and text, decoded as far as quoted-printable goes. */
  readonly text: string;
}

/** An SMTP server (RFC 5321) on loopback that takes mails, or refuses them as it is told. */
export interface MailReceiver {
  readonly url: string;
  readonly mails: readonly ReceivedMail[];
  /** Answers every RCPT with this until it is told otherwise; undefined takes them. */
  refuse(reply: string | undefined): void;
  close(): Promise<void>;
}

export async function startMailReceiver(): Promise<MailReceiver> {
  const mails: ReceivedMail[] = [];
  const sockets = new Set<Socket>();
  let refusal: string | undefined;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
    receive(
      socket,
      (mail) => mails.push(mail),
      () => refusal,
    );
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('it listens on a port');
  return {
    url: `smtp://127.0.0.1:${address.port}`,
    mails,
    refuse: (reply) => {
      refusal = reply;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

function receive(
  socket: Socket,
  take: (mail: ReceivedMail) => void,
  refusal: () => string | undefined,
): void {
  let [buffer, from, to, inData] = ['', '', [] as string[], false];
  const say = (line: string) => socket.write(`${line}\r\n`);
  const command = (line: string) => {
    const verb = line.slice(0, 4).toUpperCase();
    if (verb === 'EHLO' || verb === 'HELO' || verb === 'RSET') return say('250 here');
    if (verb === 'MAIL') {
      from = /<([^>]*)>/.exec(line)?.[1] ?? '';
      to = [];
      return say('250 ok');
    }
    if (verb === 'RCPT') {
      const refused = refusal();
      if (refused !== undefined) return say(refused);
      to.push(/<([^>]*)>/.exec(line)?.[1] ?? '');
      return say('250 ok');
    }
    if (verb === 'DATA') {
      inData = true;
      return say('354 go on');
    }
    say(verb === 'QUIT' ? '221 bye' : '502 what');
    if (verb === 'QUIT') socket.end();
  };
  say('220 receiver');
  socket.setEncoding('utf8').on('data', (chunk) => {
    buffer += chunk;
    for (;;) {
      const end = buffer.indexOf(inData ? '\r\n.\r\n' : '\r\n');
      if (end < 0) return;
      const piece = buffer.slice(0, end);
      buffer = buffer.slice(end + (inData ? 5 : 2));
      if (!inData) {
        command(piece);
        continue;
      }
      inData = false;
      take({ from, to, text: decode(piece) });
      say('250 taken');
    }
  });
}

function decode(text: string): string {
  return text
    .replaceAll('\r\n..', '\r\n.')
    .replaceAll('=\r\n', '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
}
