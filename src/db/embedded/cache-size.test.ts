import { describe, expect, it } from 'vitest';
import { cacheMb } from './ensure-running.ts';

describe("the database's cache", () => {
  it.each([
    ['a machine of 512 MB', 2 ** 29, 128],
    ['a machine of 4 GB', 2 ** 32, 512],
    ['a machine of 24 GB', 24 * 2 ** 30, 2_048],
  ])('suits %s', (_, memoryBytes, mb) => {
    expect(cacheMb(memoryBytes)).toBe(mb);
  });
});
