import type { ServerResponse } from 'node:http';
import type { Caller } from '../../auth/index.ts';
import type { Db } from '../../db/index.ts';
import type { Clock, Log, SecretBox } from '../../kernel/index.ts';
import { startUpkeep } from '../../ledger/index.ts';
import { type CallBodies, insertBodies, type KeptText, removeOldBodies } from './body-records.ts';
import { redactText } from './redact.ts';
import { type Tap, tapResponse } from './tap.ts';

/** Keeps what was asked and answered, for the platforms that want it. */
export interface BodyLog {
  /**
   * Remembers what the answer sends from here on, and writes it down with the request once the
   * answer is over. Undefined where the platform keeps nothing: then nothing was done.
   */
  watch(caller: Caller, call: WatchedCall): Watched | undefined;
  /** Calls that were not kept because the database did not keep up. */
  readonly dropped: number;
  /** Writes down what waits, as far as that goes at once, and ends the removal of what is old. */
  close(): Promise<void>;
}

export interface WatchedCall {
  readonly callId: string;
  readonly body: Buffer;
  readonly response: ServerResponse;
}

export interface Watched {
  /** The call did not go well, whatever its answer's status says. */
  fail(): void;
}

interface Waiting extends WatchedCall {
  readonly caller: Caller;
  readonly tap: Tap;
}

/** So much is kept of a request or an answer. */
const KEPT_BYTES = 64 * 1024;
/** What is larger is not read, and so not kept: what cannot be read cannot be blacked out. */
const READ_BYTES = 1024 * 1024;
const MOST_WAITING = 256;
const MOST_WAITING_BYTES = 32 * 1024 * 1024;
const WRITTEN_AT_ONCE = 16;
const RETRY_MS = 1_000;
const REMOVAL_MS = 60_000;

interface BodyLogOptions {
  readonly db: Db;
  readonly secrets: SecretBox;
  readonly clock: Clock;
  readonly log: Log;
}

export function createBodyLog(options: BodyLogOptions): BodyLog {
  const { db, clock, log } = options;
  const queue = createQueue(options);
  const removal = startUpkeep({
    ...{ clock, log, everyMs: REMOVAL_MS },
    work: () => removeOldBodies(db),
  });
  return {
    watch: (caller, call) => {
      const { logBodies } = caller.platform;
      if (logBodies === 'off') return undefined;
      const { response } = call;
      const tap = tapResponse(response, READ_BYTES);
      let hasFailed = false;
      response.once('close', () => {
        const isWanted = logBodies === 'all' || hasFailed || response.statusCode >= 400;
        if (isWanted) queue.add({ ...call, caller, tap });
      });
      return {
        fail: () => {
          hasFailed = true;
        },
      };
    },
    get dropped() {
      return queue.dropped;
    },
    close: async () => {
      await removal.stop();
      await queue.close();
    },
  };
}

const sizeOf = ({ body, tap }: Waiting) => body.length + tap.keptBytes;

/** What waits to be written down: bounded in number and in bytes; what is beyond is dropped. */
function createQueue({ db, secrets, clock, log }: BodyLogOptions) {
  const queue: Waiting[] = [];
  let [bytes, dropped, told] = [0, 0, 0];
  let isClosing = false;
  let writing: Promise<void> | undefined;
  let callOff = () => {};

  const write = async () => {
    while (queue.length > 0) {
      const some = queue.slice(0, WRITTEN_AT_ONCE);
      const read: CallBodies[] = [];
      for (const one of some) {
        // Reading takes its time: calls that run meanwhile come first.
        await new Promise(setImmediate);
        read.push(readBodies(one));
      }
      await insertBodies(db, secrets, read);
      for (const one of queue.splice(0, some.length)) bytes -= sizeOf(one);
    }
    if (dropped === told) return;
    log.warn({ dropped: dropped - told }, 'Bodies of calls were not kept: the database lags.');
    told = dropped;
  };
  const begin = () => {
    callOff();
    writing ??= write()
      .catch((err) => {
        log.warn({ err }, 'Bodies of calls could not be written; they are tried again.');
        if (!isClosing) callOff = clock.after(RETRY_MS, begin);
      })
      .finally(() => {
        writing = undefined;
      });
  };
  return {
    add: (one: Waiting) => {
      if (queue.length >= MOST_WAITING || bytes + sizeOf(one) > MOST_WAITING_BYTES) {
        dropped += 1;
        return;
      }
      queue.push(one);
      bytes += sizeOf(one);
      begin();
    },
    get dropped() {
      return dropped;
    },
    close: async () => {
      isClosing = true;
      callOff();
      if (queue.length > 0) begin();
      await writing;
    },
  };
}

function readBodies({ callId, caller, body, response, tap }: Waiting): CallBodies {
  const { platformId, accountId } = caller;
  const { logRedact, logKeepDays } = caller.platform;
  const sent = tap.read();
  const request = keptText(body.subarray(0, READ_BYTES), body.length, logRedact);
  const answer = keptText(sent, tap.bytes, logRedact);
  return {
    ...{ callId, platformId, accountId, request },
    httpStatus: response.headersSent ? response.statusCode : 0,
    answer: { ...answer, contentType: answer.text && contentTypeOf(answer.text) },
    keepDays: logKeepDays,
  };
}

const contentTypeOf = (text: string) =>
  /^\s*[[{]/.test(text) ? 'application/json' : 'text/event-stream';

function keptText(read: Buffer, bytes: number, names: readonly string[]): KeptText {
  const redacted = redactText(read.toString('utf8'), names, read.length < bytes);
  if (redacted === undefined) return { text: undefined, bytes, isCut: bytes > 0 };
  const whole = Buffer.from(redacted);
  if (whole.length <= KEPT_BYTES) return { text: redacted, bytes, isCut: read.length < bytes };
  // Half a character at the cut is left out.
  const text = whole
    .subarray(0, KEPT_BYTES)
    .toString('utf8')
    .replace(/\uFFFD$/, '');
  return { text, bytes, isCut: true };
}
