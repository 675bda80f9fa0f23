import { expect, test } from 'vitest';
import { clientAddress } from './client-address.ts';

const from = (remoteAddress: string | undefined, forwarded?: string | string[]) =>
  ({
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
    socket: { remoteAddress },
  }) as unknown as Parameters<typeof clientAddress>[0];

test.each([
  ['the connection has it', from('10.0.0.1'), 0, '10.0.0.1'],
  ['an IPv4 address came by an IPv6 socket', from('::ffff:10.0.0.1'), 0, '10.0.0.1'],
  ['a header claims another and no proxy is trusted', from('10.0.0.1', '8.8.8.8'), 0, '10.0.0.1'],
  ['one proxy wrote it down', from('10.0.0.1', '8.8.8.8'), 1, '8.8.8.8'],
  ['the caller lied to the one proxy', from('10.0.0.1', '1.1.1.1, 8.8.8.8'), 1, '8.8.8.8'],
  ['two proxies wrote', from('10.0.0.1', '1.1.1.1, 8.8.8.8, 10.0.0.2'), 2, '8.8.8.8'],
  ['the second proxy was passed by', from('10.0.0.1', '8.8.8.8'), 2, '10.0.0.1'],
  ['a proxy wrote nonsense', from('10.0.0.1', 'unknown'), 1, '10.0.0.1'],
  ['an IPv6 address was forwarded', from('10.0.0.1', '2001:DB8::1'), 1, '2001:DB8::1'],
  ['the connection is gone', from(undefined), 0, undefined],
])('tells the address when %s', (_case, request, proxies, expected) => {
  expect(clientAddress(request, proxies)).toBe(expected);
});
