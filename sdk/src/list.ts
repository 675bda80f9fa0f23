import type { Answer, ApiRequest, Send } from './answer.ts';

/** One page of a list. */
export interface Page<T> {
  readonly object: 'list';
  readonly data: readonly T[];
  readonly has_more: boolean;
  readonly first_id: string | null;
  readonly last_id: string | null;
}

/**
 * A list, fetched as it is walked: `for await` goes through all pages, `page()` gets one. Nothing
 * is sent before that.
 */
export class List<T> implements AsyncIterable<T> {
  readonly #send: Send;
  readonly #request: ApiRequest;

  constructor(send: Send, request: ApiRequest) {
    this.#send = send;
    this.#request = request;
  }

  /** The page that was asked for: the one behind `after`, or the first. */
  page(): Answer<Page<T>> {
    return this.#send<Page<T>>(this.#request);
  }

  /** Page after page. */
  async *pages(): AsyncGenerator<Page<T>, void, undefined> {
    let request = this.#request;
    for (;;) {
      const page = await this.#send<Page<T>>(request);
      yield page;
      if (!page.has_more || page.last_id === null) return;
      request = { ...request, query: { ...request.query, after: page.last_id } };
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for await (const page of this.pages()) yield* page.data;
  }

  /** Everything, at most `limit` things. */
  async toArray(limit = Number.POSITIVE_INFINITY): Promise<T[]> {
    const all: T[] = [];
    if (limit <= 0) return all;
    for await (const one of this) {
      all.push(one);
      if (all.length >= limit) break;
    }
    return all;
  }
}
