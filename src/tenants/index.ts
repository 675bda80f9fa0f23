export {
  type AccessToken,
  createAccessToken,
  listAccessTokens,
  revokeAccessToken,
  TOKEN_PREFIX,
  useAccessToken,
} from './access-tokens.ts';
export {
  type Account,
  changeAccountLimits,
  createAccount,
  findAccount,
  listAccounts,
  type NewAccount,
  renameAccount,
  setAccountPlan,
  setAccountStatus,
} from './accounts.ts';
export { addUnit, changePlatform, type PlatformChanges } from './change-platform.ts';
export {
  acceptInvitations,
  findPerson,
  invite,
  listPeople,
  type NewInvitation,
  type Person,
  removePerson,
} from './invitations.ts';
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
  addAccountMember,
  isOnPlatform,
  listMemberships,
  type Membership,
  memberNotFound,
  ROLES,
  type Role,
  removePlatformMember,
  setPlatformMember,
} from './members.ts';
export {
  type Branding,
  createPlatform,
  findPlatform,
  findPlatformById,
  findPlatformOfHost,
  listPlatforms,
  type NewPlatform,
  type Platform,
  type Status,
  setPlatformStatus,
} from './platforms.ts';
export { defaultUnitOf, listUnits } from './units.ts';
