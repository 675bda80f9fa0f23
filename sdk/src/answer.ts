/** What may be said beside each request. */
export interface RequestOptions {
  /** The platform that is meant, instead of the client's: slug or id. */
  readonly platform?: string | undefined;
  /** The account that is meant, instead of the client's. */
  readonly account?: string | undefined;
  /** Makes a POST one with an earlier one of the same key; one is made up otherwise. */
  readonly idempotencyKey?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Ends the request, its retries and the waits between them. */
  readonly signal?: AbortSignal | undefined;
  /** How long one try may take, in milliseconds. */
  readonly timeoutMs?: number | undefined;
  readonly maxRetries?: number | undefined;
}

/** What goes up as it is. */
export type Upload = string | Uint8Array<ArrayBuffer> | Blob;

/** A request as the methods of the nouns make it. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query?: object | undefined;
  readonly body?: unknown;
  /** Of a body that is no JSON: its type. */
  readonly mediaType?: string | undefined;
  /** Hands the response over as it came, when it is no JSON. */
  readonly raw?: boolean | undefined;
  readonly options: RequestOptions;
}

/** Sends a request and reads what comes back. */
export type Send = <T>(request: ApiRequest) => Answer<T>;

/** An answer with the response that it came in. */
export interface WithResponse<T> {
  readonly data: T;
  readonly response: Response;
  /** Quote it when you report a problem. */
  readonly requestId: string | null;
}

/** What was asked for, once it is there: a promise that can tell of its response, too. */
export class Answer<T> extends Promise<T> {
  #exchange: Promise<WithResponse<T>> | undefined;

  /** Makes an answer of an exchange that has begun. */
  static of<T>(exchange: Promise<WithResponse<T>>): Answer<T> {
    const answer = new Answer<T>((resolve, reject) => {
      exchange.then(({ data }) => resolve(data), reject);
    });
    answer.#exchange = exchange;
    return answer;
  }

  /** What is made of it by `then` is a plain promise. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  /** The answer together with its response: status, headers, request id. */
  async withResponse(): Promise<WithResponse<T>> {
    if (this.#exchange === undefined) throw new TypeError('This answer came in no response.');
    // Whoever asks for both is told of a failure here, and nowhere else.
    this.catch(() => undefined);
    return this.#exchange;
  }
}
