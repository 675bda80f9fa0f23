// Reads HTTP/1.1 answers off one kept-alive connection, one at a time: status, and the body whether
// it comes with a length or in chunks (with or without trailers). As cheap as it can be: the load
// generator shares the machine with what it measures.

const HEAD_END = '\r\n\r\n';

export class AnswerReader {
  status = 0;
  bodyBytes = 0;
  /** The body, in the pieces in which it came. */
  pieces = [];
  #pending = undefined;
  #state = 'head';
  /** Bytes of the body, or of the chunk with its line end, that are still to come. */
  #left = 0;

  /** Takes what the socket got. True when the answer is complete; what follows it is an error. */
  push(data) {
    let rest = this.#pending === undefined ? data : Buffer.concat([this.#pending, data]);
    this.#pending = undefined;
    while (rest.length > 0) {
      const taken = this.#step(rest);
      if (taken === 0) {
        this.#pending = rest;
        return false;
      }
      rest = rest.subarray(taken);
      if (this.#state !== 'done') continue;
      if (rest.length > 0) throw new Error('there are bytes behind the end of an answer');
      return true;
    }
    return false;
  }

  /** Makes ready for the next answer. */
  reset() {
    this.pieces = [];
    this.bodyBytes = 0;
    this.#state = 'head';
  }

  /** Bytes that were understood; 0 when more is needed first. */
  #step(data) {
    switch (this.#state) {
      case 'head':
        return this.#readHead(data);
      case 'length':
        return this.#readBody(data, 'done');
      case 'size':
        return this.#readSize(data);
      case 'chunk':
        return this.#readBody(data, 'line');
      case 'line':
        if (data.length < 2) return 0;
        this.#state = 'size';
        return 2;
      default:
        return this.#readTrailers(data);
    }
  }

  #readHead(data) {
    const end = data.indexOf(HEAD_END);
    if (end < 0) return 0;
    const head = data.latin1Slice(0, end);
    this.status = Number(head.slice(9, 12));
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    if (length !== undefined) {
      this.#left = Number(length);
      this.#state = this.#left === 0 ? 'done' : 'length';
    } else if (/\r\ntransfer-encoding: *chunked/i.test(head)) this.#state = 'size';
    else throw new Error(`an answer has no length: ${head}`);
    return end + HEAD_END.length;
  }

  #readBody(data, next) {
    const piece = data.length > this.#left ? data.subarray(0, this.#left) : data;
    this.pieces.push(piece);
    this.bodyBytes += piece.length;
    this.#left -= piece.length;
    if (this.#left === 0) this.#state = next;
    return piece.length;
  }

  #readSize(data) {
    const end = data.indexOf('\r\n');
    if (end < 0) return 0;
    this.#left = Number.parseInt(data.latin1Slice(0, end), 16);
    if (!(this.#left >= 0)) throw new Error('a chunk has no size');
    this.#state = this.#left === 0 ? 'trailers' : 'chunk';
    return end + 2;
  }

  /** Lines up to an empty one. */
  #readTrailers(data) {
    const end = data.indexOf('\r\n');
    if (end < 0) return 0;
    if (end === 0) this.#state = 'done';
    return end + 2;
  }
}
