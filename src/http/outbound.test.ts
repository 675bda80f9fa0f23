import { createServer, type Server } from 'node:http';
import type { AddressInfo, LookupFunction } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createOutbound } from './outbound.ts';
import { createPublicAddressCheck } from './public-address.ts';

let server: Server;
let port: number;
const seen: string[] = [];
beforeAll(async () => {
  server = createServer((request, response) => {
    seen.push(request.url ?? '');
    if (request.url === '/away') return response.writeHead(302, { location: '/secret' }).end();
    if (request.url === '/silent') return;
    response.end(request.url === '/long' ? 'x'.repeat(5_000) : 'hello');
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** Resolves every name to these. */
const resolvingTo =
  (...addresses: string[]): LookupFunction =>
  (_name, options, callback) => {
    const all = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    if (options.all === true) callback(null, all);
    else callback(null, addresses[0] ?? '', 4);
  };

const limits = { timeoutMs: 2_000, maxBytes: 1_000 };
const refused = expect.objectContaining({ code: 'address_refused', status: 422 });

describe('an address of the internet is public', () => {
  const isPublic = createPublicAddressCheck();
  test.each(['1.1.1.1', '172.32.0.1', '192.0.1.1', '2606:4700::1111', '2a00:1450::1'])(
    '%s',
    (one) => expect(isPublic(one)).toBe(true),
  );
});

describe('an address of a machine or network around us is not', () => {
  const isPublic = createPublicAddressCheck();
  test.each([
    ...['127.0.0.1', '127.9.9.9', '0.0.0.0', '10.1.2.3', '172.16.0.1', '172.31.255.255'],
    ...[
      '192.168.1.1',
      '169.254.169.254',
      '100.64.0.1',
      '198.18.0.1',
      '224.0.0.1',
      '255.255.255.255',
    ],
    ...[
      '::1',
      '::',
      '::ffff:127.0.0.1',
      '::ffff:8.8.8.8',
      'fe80::1',
      'fc00::1',
      'fd12::1',
      'ff02::1',
    ],
    ...['64:ff9b::7f00:1', '2002:7f00:1::', '2001::1', '2001:db8::1', 'nonsense', ''],
  ])('%s', (one) => expect(isPublic(one)).toBe(false));
});

describe('an address that a seller enters', () => {
  const outbound = createOutbound({ allowedHosts: ['idp.internal:8443'] });
  test.each([
    ['https://id.example.com/jwks'],
    ['https://1.1.1.1/'],
    ['http://idp.internal:8443/jwks'],
    ['https://[2606:4700::1111]/'],
  ])('may be %s', (address) => expect(outbound.check(address).href).toBe(address));

  test.each([
    ...['http://id.example.com/', 'ftp://id.example.com/', 'file:///etc/passwd', 'x', ''],
    ...['https://user:pw@id.example.com/', 'https://127.0.0.1/', 'https://[::1]/'],
    // Forms of 127.0.0.1 and of 169.254.169.254 that browsers and URL parsers take.
    ...['https://2130706433/', 'https://0x7f.1/', 'https://0177.0.0.1/', 'https://127.1/'],
    ...['https://[::ffff:169.254.169.254]/', 'https://169.254.169.254/', 'http://idp.internal/'],
  ])('must not be %s', (address) => {
    expect(() => outbound.check(address)).toThrow(refused);
  });
});

describe('a request', () => {
  test.each([
    ['127.0.0.1'],
    ['10.0.0.1'],
    ['::1'],
    // A resolver that mixes one private address in, for a client that tries them all.
    ['1.1.1.1', '127.0.0.1'],
  ])('is not sent when the name leads to %s', async (...addresses) => {
    const outbound = createOutbound({ allowedHosts: [], lookup: resolvingTo(...addresses) });
    await expect(outbound.send(`https://rebound.example:${port}/`, limits)).rejects.toThrow(
      refused,
    );
    await outbound.close();
    expect(seen).toEqual([]);
  });

  test('reaches a private host that the operator allows', async () => {
    const outbound = createOutbound({ allowedHosts: [`127.0.0.1:${port}`] });
    const answer = await outbound.send(`http://127.0.0.1:${port}/`, limits);
    expect(answer).toMatchObject({ status: 200, body: Buffer.from('hello') });
    await outbound.close();
  });

  test('follows no redirect, takes no long answer and waits for none for long', async () => {
    const outbound = createOutbound({ allowedHosts: [`127.0.0.1:${port}`] });
    const send = (path: string, timeoutMs = 2_000) =>
      outbound.send(`http://127.0.0.1:${port}${path}`, { ...limits, timeoutMs });
    expect((await send('/away')).status).toBe(302);
    expect(seen).not.toContain('/secret');
    await expect(send('/long')).rejects.toThrow('longer than 1000 bytes');
    await expect(send('/silent', 50)).rejects.toThrow('no answer within 50 ms');
    await outbound.close();
  });
});
