import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { systemRandom } from './ids.ts';
import { createSecretBox, SecretUnreadable } from './secret-box.ts';

const box = createSecretBox(Buffer.alloc(32, 7), systemRandom);

describe('a secret box', () => {
  it('opens whatever text it sealed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(box.open(box.seal(text))).toBe(text);
      }),
    );
  });

  it('shows neither the text nor that two texts are the same', () => {
    const first = box.seal('sk-provider-key');
    expect(first.toString('latin1')).not.toContain('provider');
    expect(first.equals(box.seal('sk-provider-key'))).toBe(false);
  });

  it('starts with its version and refuses another one', () => {
    const sealed = box.seal('secret');
    expect(sealed[0]).toBe(1);
    sealed[0] = 2;
    expect(() => box.open(sealed)).toThrow(SecretUnreadable);
  });

  it('refuses a change of any single byte', () => {
    const sealed = box.seal('secret');
    for (const index of sealed.keys()) {
      const changed = Buffer.from(sealed);
      changed[index] = (changed[index] ?? 0) ^ 1;
      expect(() => box.open(changed)).toThrow(SecretUnreadable);
    }
  });

  it('refuses what is too short, and what another key sealed', () => {
    const other = createSecretBox(Buffer.alloc(32, 8), systemRandom);
    expect(() => box.open(Buffer.of(1, 2, 3))).toThrow(SecretUnreadable);
    expect(() => box.open(other.seal('secret'))).toThrow(SecretUnreadable);
  });

  it('opens whatever bytes it sealed, also such as are no text', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(box.openBytes(box.sealBytes(bytes)).equals(bytes)).toBe(true);
      }),
    );
  });

  it('derives a box for each purpose that opens only what was sealed for it', () => {
    const [one, other] = [box.derive('one'), box.derive('other')];
    const sealed = one.seal('secret');
    expect(box.derive('one').open(sealed)).toBe('secret');
    expect(() => other.open(sealed)).toThrow(SecretUnreadable);
    expect(() => box.open(sealed)).toThrow(SecretUnreadable);
  });

  it('makes codes that tell apart data, purposes and keys', () => {
    const code = (from: typeof box, purpose: string, ...parts: (string | Uint8Array)[]) => {
      const mac = from.macKey(purpose)();
      for (const part of parts) mac.update(part);
      return mac.digest().toString('hex');
    };
    const one = code(box, 'journal', 'some', 'thing');
    expect(one).toHaveLength(64);
    expect(code(box, 'journal', Buffer.from('something'))).toBe(one);
    expect(code(box, 'journal', 'somethinG')).not.toBe(one);
    expect(code(box, 'another', 'something')).not.toBe(one);
    const other = createSecretBox(Buffer.alloc(32, 8), systemRandom);
    expect(code(other, 'journal', 'something')).not.toBe(one);
  });

  it('takes only keys of 32 bytes', () => {
    expect(() => createSecretBox(Buffer.alloc(16), systemRandom)).toThrow('32 bytes');
  });
});
