import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { runCommand } from '../../test/command-line.ts';

const script = async (shell: string) => {
  const { exitCode, out } = await runCommand(['completion', shell], {});
  expect(exitCode).toBe(0);
  return out;
};

/** What bash offers behind these words. */
function offered(program: string, words: readonly string[]): string[] {
  const line = words.map((word) => `'${word}'`).join(' ');
  const given = `COMP_WORDS=(${line}); COMP_CWORD=${words.length - 1}`;
  const ask = `${given}; _farebox; echo "\${COMPREPLY[@]}"`;
  const said = execFileSync('bash', ['-c', `${program}\n${ask}`], { encoding: 'utf8' });
  return said.trim().split(' ');
}

test('bash is offered nouns, verbs and flags, behind flags and values too', async () => {
  const program = await script('bash');
  expect(offered(program, ['farebox', 'acc'])).toEqual(['accounts']);
  expect(offered(program, ['farebox', 'keys', 'cr'])).toEqual(['create']);
  expect(offered(program, ['farebox', '--url', 'http://x', 'api', 'acc'])).toEqual(['accounts']);
  const flags = ['farebox', 'api', 'accounts', 'list', '--limit', '5', '--a'];
  expect(offered(program, flags)).toEqual(['--after', '--all', '--account']);
  expect(offered(program, ['farebox', 'completion', 'bash', '--j'])).toEqual(['--json']);
});

test.each(['zsh', 'fish'])('%s is told every command', async (shell) => {
  const program = await script(shell);
  expect(program).toContain('completion');
  expect(program).toContain('"api accounts list"');
  expect(program).toContain('--external-id');
});

test('another shell is refused with those that there are', async () => {
  const { exitCode, error } = await runCommand(['completion', 'tcsh'], {});
  expect(exitCode).toBe(2);
  expect(error).toContain('bash, zsh, fish');
});
