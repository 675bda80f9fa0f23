import { Fault, type Mac, type SecretBox } from '../../../kernel/index.ts';
import type { Movement, MovementCursor } from '../../../metering/index.ts';

/** Writes and reads the ids of a wallet's movements. */
export interface MovementIds {
  write(walletId: bigint, movement: Movement): string;
  /** Where the list goes on after that id. Fault: `invalid_id` (400). */
  read(walletId: bigint, text: string | undefined): MovementCursor | undefined;
}

const PARTS = /^txn_(\d{1,19})-(\d{1,19})-(\d{1,15})-([0-9a-f]{24})$/;
const CODE_DIGITS = 24;

/**
 * A movement's id says its number, its time and what the wallet had before it, so that the next
 * page of a list goes on from there without adding up everything since; with a code over them,
 * because what comes back from outside is not to be believed.
 */
export function createMovementIds(secrets: SecretBox): MovementIds {
  const newCode = secrets.macKey('transaction ids');
  const codeOf = (walletId: bigint, facts: string) => {
    const code: Mac = newCode();
    code.update(`${walletId} ${facts}`);
    return code.digest().toString('hex').slice(0, CODE_DIGITS);
  };
  return {
    write: (walletId, { version, before, at }) => {
      const facts = `${version}-${before}-${at.getTime()}`;
      return `txn_${facts}-${codeOf(walletId, facts)}`;
    },
    read: (walletId, text) => {
      if (text === undefined) return undefined;
      const [, version = '', before = '', at = '', code] = PARTS.exec(text) ?? [];
      if (code === undefined || code !== codeOf(walletId, `${version}-${before}-${at}`)) {
        throw unknownId();
      }
      return { version: BigInt(version), before: BigInt(before), at: new Date(Number(at)) };
    },
  };
}

function unknownId(): Fault {
  return new Fault({
    code: 'invalid_id',
    status: 400,
    param: 'after',
    message: "'after' is the last id of an earlier page of the same wallet.",
  });
}
