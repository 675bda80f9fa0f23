import { execFile } from 'node:child_process';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const PIECES_BYTES = [1024 * 1024, 4096];

/** A disk of a test's own, which it fills and frees. */
export interface SmallDisk {
  /** Takes all that is free. */
  fill(): Promise<void>;
  /** Gives back what {@link fill} took. */
  free(): Promise<void>;
  remove(): Promise<void>;
}

/**
 * Mounts a file system of that size, in memory, on a folder that exists. Needs root; rejects with
 * what to do where root may not mount, as in a container without that right.
 */
export async function mountSmallDisk(folder: string, megabytes: number): Promise<SmallDisk> {
  const options = `size=${megabytes}m,mode=755`;
  await run('mount', ['-t', 'tmpfs', '-o', options, 'farebox-test', folder]).catch((cause) => {
    throw new Error('no disk can be mounted here: run this test where root may mount one', {
      cause,
    });
  });
  const ballast = join(folder, 'ballast');
  return {
    fill: async () => {
      const file = await open(ballast, 'a');
      try {
        for (const bytes of PIECES_BYTES) {
          while (await append(file, Buffer.alloc(bytes, 1)));
        }
      } finally {
        await file.close();
      }
    },
    free: () => rm(ballast, { force: true }),
    remove: async () => {
      await run('umount', ['--lazy', folder]);
    },
  };
}

/** False when nothing of it found room. */
async function append(file: Awaited<ReturnType<typeof open>>, bytes: Buffer): Promise<boolean> {
  try {
    return (await file.write(bytes)).bytesWritten === bytes.length;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return false;
    throw error;
  }
}
