import { type Db, openSnapshot, type Queryable, type TenantScope } from '../../db/index.ts';
import { type Clock, Fault } from '../../kernel/index.ts';

/** What a streamed answer is: its type, and its text piece by piece. */
export interface Streamed {
  readonly contentType: string;
  /** What a browser saves it as. */
  readonly fileName: string;
  readonly pieces: AsyncIterator<string, void, void>;
}

/** Streamed answers, a bounded number at once and each for a bounded time. */
export interface Streams {
  /**
   * Answers with what `work` reads in one snapshot as a tenant. The first piece is read before the
   * answer begins, so that what fails at once is told as a Fault; after it, a piece is read when
   * the one before is sent. The snapshot ends with the answer, when the client goes, or when the
   * time is over: then the answer is cut, so that nobody takes it for whole. Fault:
   * `too_many_exports` (503).
   */
  answer(scope: TenantScope, work: (tx: Queryable) => Promise<Streamed>): Promise<Response>;
}

const MOST = 4;
/** For a whole answer, however slowly its reader reads. */
const LONGEST_MS = 900_000;

export function createStreams(
  { db, clock }: { readonly db: Db; readonly clock: Clock },
  { most = MOST, longestMs = LONGEST_MS } = {},
): Streams {
  let open = 0;
  return {
    answer: async (scope, work) => {
      if (open >= most) throw tooManyExports();
      open += 1;
      let isOver = false;
      let callOff = () => {};
      let endSnapshot = async () => {};
      const end = async () => {
        if (isOver) return;
        isOver = true;
        open -= 1;
        callOff();
        await endSnapshot();
      };
      try {
        const snapshot = await openSnapshot(db, { scope, idleMs: longestMs });
        endSnapshot = snapshot.end;
        const streamed = await work(snapshot.tx);
        const first = await streamed.pieces.next();
        const body = createBody(streamed.pieces, first, end);
        callOff = clock.after(longestMs, () => {
          body.cut(new Error('a streamed answer took too long'));
          void end();
        });
        return new Response(body.stream, {
          headers: {
            'content-type': streamed.contentType,
            'content-disposition': `attachment; filename="${streamed.fileName}"`,
            'cache-control': 'no-store',
          },
        });
      } catch (error) {
        await end();
        throw error;
      }
    },
  };
}

type Piece = IteratorResult<string, void>;

/** The pieces as a body: each is asked for when the one before was taken. */
function createBody(
  pieces: AsyncIterator<string, void, void>,
  first: Piece,
  end: () => Promise<void>,
): { stream: ReadableStream<Uint8Array>; cut(error: Error): void } {
  const encoder = new TextEncoder();
  let ready: Piece | undefined = first;
  let cut: (error: Error) => void = () => {};
  const stream = new ReadableStream<Uint8Array>(
    {
      start: (controller) => {
        cut = (error) => controller.error(error);
      },
      pull: async (controller) => {
        try {
          const piece = ready ?? (await pieces.next());
          ready = undefined;
          if (piece.done !== true) return controller.enqueue(encoder.encode(piece.value));
          controller.close();
          await end();
        } catch (error) {
          controller.error(error);
          await end();
        }
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  );
  return { stream, cut: (error) => cut(error) };
}

function tooManyExports(): Fault {
  return new Fault({
    code: 'too_many_exports',
    status: 503,
    message: 'As many exports are running as this server allows at once. Ask again in a while.',
    retryAfterSeconds: 10,
  });
}
