import { expect, it } from 'vitest';
import { createProgram } from '../../src/cli/index.ts';
import { bareHost } from '../../test/command-line.ts';
import { writeCliReference } from './write-cli.ts';

const FILE = `${import.meta.dirname}/../../docs/reference/cli.md`;
const program = createProgram(bareHost).command;

// Run with --update, this file writes the reference anew.
it('docs/reference/cli.md is what the program says of itself', async () => {
  await expect(writeCliReference(program)).toMatchFileSnapshot(FILE);
});

it('every command answers with JSON, and its help says what it is for', () => {
  const leaves = [program, ...program.commands.flatMap((each) => [each, ...each.commands])].filter(
    (each) => each === program || each.commands.length === 0,
  );
  expect(leaves.length).toBeGreaterThan(20);
  for (const leaf of leaves) {
    expect(leaf.description(), leaf.name()).not.toBe('');
    expect(
      leaf.options.map(({ long }) => long),
      leaf.name(),
    ).toContain('--json');
    for (const option of leaf.options) expect(option.description, option.flags).not.toBe('');
  }
});
