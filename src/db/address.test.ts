import { describe, expect, it } from 'vitest';
import { Fault } from '../kernel/index.ts';
import { addressFromUrl } from './index.ts';

describe('a database URL', () => {
  it('gives user, password, host, port and database', () => {
    expect(addressFromUrl('postgresql://anna:secret@db.example:6543/shop')).toEqual({
      host: 'db.example',
      port: 6543,
      user: 'anna',
      password: 'secret',
      database: 'shop',
    });
  });

  it('defaults to port 5432 on localhost and to the database named as the user', () => {
    expect(addressFromUrl(' postgres://anna@ ')).toEqual({
      host: 'localhost',
      port: 5432,
      user: 'anna',
      database: 'anna',
    });
  });

  it('may hold spaces, percent-encoded characters and an @ in the password', () => {
    expect(addressFromUrl('postgres://a%20b:p@ss%2F%3Aword@[::1]:1/my db%3F')).toMatchObject({
      host: '::1',
      user: 'a b',
      password: 'p@ss/:word',
      database: 'my db?',
    });
  });

  it('names a unix socket by its folder, as a parameter or as the host', () => {
    for (const url of [
      'postgresql:///shop?host=/var/run/my%20socket&user=anna&port=5433',
      'postgresql://anna@%2Fvar%2Frun%2Fmy%20socket:5433/shop',
    ]) {
      expect(addressFromUrl(url)).toEqual({
        host: '/var/run/my socket',
        port: 5433,
        user: 'anna',
        database: 'shop',
      });
    }
  });

  it('asks for encryption alone with require, and for the right server with verify-full', () => {
    const sslOf = (mode: string) => addressFromUrl(`postgres://a@b/c?sslmode=${mode}`).ssl;
    expect(sslOf('disable')).toBeUndefined();
    expect(sslOf('require')).toMatchObject({ rejectUnauthorized: false });
    expect(sslOf('verify-full')).toEqual({ rejectUnauthorized: true });
    expect(sslOf('verify-ca')).toMatchObject({ rejectUnauthorized: true });
  });

  it('may carry the parameters that hosting companies add', () => {
    const url = 'postgres://a:b@c/d?sslmode=require&channel_binding=require&connect_timeout=10';
    expect(addressFromUrl(url).database).toBe('d');
  });

  it.each([
    ['mysql://a:hunter2@b/c', /begin with postgresql/],
    ['postgres://:hunter2@b/c', /no user/],
    ['postgres://a:hunter2@b:port/c', /port/],
    ['postgres://a:hunter2@b:99999/c', /port/],
    ['postgres://a:hunter2@b,c/d', /several hosts/],
    ['postgres://a:hunter2%@b/c', /percent-encoded/],
    ['postgres://a:hunter2@b/c?sslmode=maybe', /sslmode "maybe"/],
    ['postgres://a:hunter2@b/c?schema=x', /parameter "schema"/],
    ['postgres://a:hunter2@b/c?sslmode=verify-ca&sslrootcert=/no/file', /\/no\/file/],
  ])('that cannot be used is refused without repeating its password: %s', (url, reason) => {
    const read = () => addressFromUrl(url);
    expect(read).toThrow(reason);
    expect(read).toThrow(Fault);
    expect(read).not.toThrow(/hunter2/);
  });
});
