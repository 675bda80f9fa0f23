import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { transportFault } from './faults.ts';
import { reasonOf, renderFault } from './render-error.ts';
import type { RequestContext } from './request-context.ts';
import { SECURITY_HEADERS } from './security-headers.ts';

/**
 * Answers bytes that never became a request (a broken request line, headers too large or too
 * slow) on the bare socket, then closes it. When an answer is already on its way on this socket
 * nothing can be added to it: the connection is cut.
 */
export function answerClientError(
  error: NodeJS.ErrnoException,
  socket: Socket,
  pending: readonly ServerResponse[],
  context: RequestContext,
): void {
  if (
    error.code === 'ECONNRESET' ||
    !socket.writable ||
    pending.some((response) => response.headersSent)
  ) {
    socket.destroy();
    return;
  }
  const { status, headers, body } = renderFault('openai', faultOfCode(error), context.requestId);
  const lines = [
    `HTTP/1.1 ${status} ${reasonOf(status)}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...SECURITY_HEADERS.map(([name, value]) => `${name}: ${value}`),
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}

function faultOfCode(error: NodeJS.ErrnoException) {
  switch (error.code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return transportFault('request_timeout');
    case 'HPE_HEADER_OVERFLOW':
      return transportFault('headers_too_large');
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return transportFault('request_too_large');
    default:
      return transportFault('bad_request');
  }
}
