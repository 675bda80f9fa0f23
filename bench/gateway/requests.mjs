// What the load generator asks for. The same bytes go to every contender, but for the headers that
// say who is calling and, for Portkey, whom to call.

/** The model whose streams come without pauses; every other one is paced. */
export const FLAT_MODEL = 'bench-flat';
export const PACED_MODEL = 'bench-model';
export const PATH = '/v1/chat/completions';

/** The body of one request: some 500 bytes, bounded output. */
export function requestBody({ model, stream }) {
  return JSON.stringify({
    model,
    messages: [
      { role: 'system', content: 'You answer in one short sentence.' },
      { role: 'user', content: 'What does a reverse proxy do? '.repeat(10) },
    ],
    max_tokens: 200,
    ...(stream ? { stream: true, stream_options: { include_usage: true } } : {}),
  });
}

/** One request as it goes over the wire. `headers` are pairs of name and value. */
export function requestBytes({ port, key, headers, model, stream }) {
  const body = Buffer.from(requestBody({ model, stream }));
  const lines = [
    `POST ${PATH} HTTP/1.1`,
    `host: 127.0.0.1:${port}`,
    `authorization: Bearer ${key}`,
    'content-type: application/json',
    `content-length: ${body.length}`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
  ];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), body]);
}
