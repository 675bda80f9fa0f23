import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { Fault } from '../../kernel/index.ts';

/** A login as `farebox login` keeps it. */
export type Profile = z.output<typeof Profile>;
const Profile = z.object({
  url: z.string(),
  token: z.string(),
  platform: z.string().optional(),
});

const fileIn = (folder: string) => join(folder, 'profile.json');

/** The saved login; undefined when there is none. Fault: `profile_unreadable` (500). */
export async function readProfile(folder: string): Promise<Profile | undefined> {
  try {
    return Profile.parse(JSON.parse(await readFile(fileIn(folder), 'utf8')));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new Fault({
      code: 'profile_unreadable',
      status: 500,
      message: `The saved login in ${fileIn(folder)} cannot be read. 'farebox logout' removes it.`,
      cause,
    });
  }
}

/** Saves a login so that nobody else on the machine can read it; returns where. */
export async function saveProfile(folder: string, profile: Profile): Promise<string> {
  const file = fileIn(folder);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(file, `${JSON.stringify(profile, null, 2)}\n`, { mode: 0o600 });
  // A file that was there keeps its mode when it is written.
  await chmod(file, 0o600);
  return file;
}

export async function removeProfile(folder: string): Promise<void> {
  await rm(fileIn(folder), { force: true });
}
