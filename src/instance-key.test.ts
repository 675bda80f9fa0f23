import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { InstanceKeyError, loadInstanceKey } from './instance-key.ts';
import { systemRandom } from './kernel/index.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'farebox-key-'));
});
afterEach(() => rmSync(folder, { recursive: true }));
const load = (configured?: Buffer) => loadInstanceKey(configured, folder, systemRandom);
const file = () => join(folder, 'instance.key');

test('makes a key of 32 bytes that only its owner may read, and nothing else', () => {
  expect(load()).toHaveLength(32);
  expect(statSync(file()).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(['instance.key']);
});

test('gives the same key at every later start', () => {
  expect(load()).toEqual(load());
});

test('makes the data folder when it is not there', () => {
  expect(loadInstanceKey(undefined, join(folder, 'a', 'b'), systemRandom)).toHaveLength(32);
});

test('uses the configured key and writes none', () => {
  const configured = Buffer.alloc(32, 1);
  expect(load(configured)).toBe(configured);
  expect(readdirSync(folder)).toEqual([]);
});

test('refuses a damaged key without writing over it', () => {
  writeFileSync(file(), 'half a k', { mode: 0o600 });
  expect(load).toThrow(InstanceKeyError);
  expect(readFileSync(file(), 'utf8')).toBe('half a k');
});

test('refuses a key that others may read, and says how to mend it', () => {
  load();
  chmodSync(file(), 0o644);
  expect(load).toThrow(/chmod 600/);
});

test('takes the key of whoever was first', () => {
  const theirs = Buffer.alloc(32, 9);
  const random = (size: number) => {
    // The other process's file appears between our look and our write.
    writeFileSync(file(), `${theirs.toString('base64')}\n`, { mode: 0o600 });
    return new Uint8Array(size);
  };
  expect(loadInstanceKey(undefined, folder, random)).toEqual(theirs);
});
