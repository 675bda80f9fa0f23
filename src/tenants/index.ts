export {
  type Account,
  changeAccountLimits,
  createAccount,
  findAccount,
  listAccounts,
  type NewAccount,
  setAccountPlan,
  setAccountStatus,
} from './accounts.ts';
export {
  hashKey,
  isKeyPrefix,
  type KeyParts,
  makeKey,
  parseKey,
  previewKey,
} from './key-format.ts';
export {
  type ApiKey,
  changeKeyLimits,
  createKey,
  findKey,
  listKeys,
  type NewKey,
  revokeKey,
} from './keys.ts';
export {
  createPlatform,
  findPlatform,
  listPlatforms,
  type NewPlatform,
  type Platform,
  type Status,
  setPlatformStatus,
} from './platforms.ts';
export { listUnits } from './units.ts';
