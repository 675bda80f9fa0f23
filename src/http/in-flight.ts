import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * The answers under way, and the way from serving to closed: no new connection, then no answer
 * under way, then nothing.
 */
export class InFlight {
  readonly #server: Server;
  // Of a socket there is one, or the few that a client pipelines. In a list: see Bag of kernel/.
  readonly #bySocket = new Map<Socket, ServerResponse[]>();
  #count = 0;
  #draining = false;
  #onIdle: (() => void) | undefined;

  constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket: Socket) => {
      this.#bySocket.set(socket, []);
      // A pipelined answer that never got its turn ends with its socket, without its own event.
      socket.once('close', () => {
        for (const response of this.onSocket(socket)) this.#remove(socket, response);
        this.#bySocket.delete(socket);
      });
    });
  }

  get count(): number {
    return this.#count;
  }

  add(socket: Socket, response: ServerResponse): void {
    this.#bySocket.get(socket)?.push(response);
    this.#count += 1;
    if (this.#draining) response.setHeader('connection', 'close');
    response.once('close', () => this.#remove(socket, response));
  }

  onSocket(socket: Socket): readonly ServerResponse[] {
    return [...(this.#bySocket.get(socket) ?? [])];
  }

  drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    for (const responses of this.#bySocket.values()) {
      for (const response of responses) {
        if (!response.headersSent) response.setHeader('connection', 'close');
      }
    }
    this.#server.close();
    this.#server.closeIdleConnections();
  }

  /** Resolves when nothing is under way, or after `graceMs`, with the count that still is. */
  waitForIdle(graceMs: number): Promise<number> {
    if (this.#count === 0) return Promise.resolve(0);
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(this.#count), graceMs);
      this.#onIdle = () => {
        clearTimeout(timer);
        resolve(0);
      };
    });
  }

  #remove(socket: Socket, response: ServerResponse): void {
    const responses = this.#bySocket.get(socket);
    const place = responses?.indexOf(response) ?? -1;
    if (place < 0) return;
    responses?.splice(place, 1);
    this.#count -= 1;
    if (!this.#draining) return;
    this.#server.closeIdleConnections();
    if (this.#count === 0) this.#onIdle?.();
  }
}
