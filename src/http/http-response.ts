import { type OutgoingHttpHeader, type OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { assert } from '../kernel/index.ts';
import { SECURITY_HEADERS } from './security-headers.ts';

const SECURITY_PAIRS = SECURITY_HEADERS.flat();

/**
 * A response that carries the security headers, and what else it was told to carry, whichever way
 * it goes out: {@link writeHead} writes every head, those as well that node writes by itself.
 *
 * Carried headers are not set (`setHeader`) but put into the one list that node gets with the head:
 * that takes about a quarter less time.
 */
export class HttpResponse extends ServerResponse {
  /** Names, each followed by its value. */
  readonly #carried: string[] = SECURITY_PAIRS.slice();

  /** From now on the answer has these headers too, whatever it will be. Names in lower case. */
  carry(headers: Readonly<Record<string, string>>): void {
    for (const name in headers) this.#carried.push(name, headers[name] as string);
  }

  /** A header of the answer's own, by its name in lower case, replaces the carried one. */
  override writeHead(status: number, headers?: unknown): this {
    const own = headers ?? {};
    assert(isByName(own), 'a head is given as a status and an object of headers');
    const pairs: OutgoingHttpHeader[] = [];
    for (let at = 0; at < this.#carried.length; at += 2) {
      const name = this.#carried[at] as string;
      if (!(name in own)) pairs.push(name, this.#carried[at + 1] as string);
    }
    for (const name in own) pairs.push(name, own[name] as OutgoingHttpHeader);
    return super.writeHead(status, pairs);
  }
}

function isByName(headers: unknown): headers is OutgoingHttpHeaders {
  return typeof headers === 'object' && !Array.isArray(headers);
}
