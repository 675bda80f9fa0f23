import { expect, it } from 'vitest';
import { createLog } from './index.ts';

function written(entry: object): string {
  const lines: string[] = [];
  createLog('info', { write: (line) => void lines.push(line) }).info(entry, 'message');
  return lines.join('');
}

it('an error is logged by what describes it, and nothing that hangs on it', () => {
  const cause = Object.assign(new Error('inner'), { code: '57P01', client: { secretKey: 4711 } });
  const error = Object.assign(new Error('outer', { cause }), { connection: 'postgres://u:pw@h' });
  const text = written({ err: error });
  expect(JSON.parse(text).err).toMatchObject({
    message: 'outer',
    cause: { message: 'inner', code: '57P01' },
  });
  expect(text).not.toMatch(/4711|postgres:/);
});

it('what is named like a credential is not written', () => {
  expect(written({ key: 'ptr_x', request: { authorization: 'Bearer ptr_x' } })).not.toMatch(
    /ptr_x/,
  );
});
