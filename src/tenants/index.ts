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
  refuseMerged,
  renameAccount,
  setAccountPlan,
  setAccountStatus,
} from './accounts.ts';
export { addUnit, changePlatform, type PlatformChanges } from './change-platform.ts';
export {
  type AccountImport,
  type AccountImportReport,
  importAccounts,
} from './import/import-accounts.ts';
export {
  IMPORT_FIELDS,
  type ImportField,
  type ImportMapping,
  type RefusedRow,
} from './import/read-row.ts';
export { IMPORT_FORMATS, type ImportFormat } from './import/records.ts';
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
export { KEY_SCOPES, type KeyScope } from './key-properties.ts';
export { type KeyScheme, publicHashOf } from './key-secret.ts';
export {
  type ApiKey,
  assertKeyAllowed,
  changeKey,
  createKey,
  findKey,
  type KeyChanges,
  listKeys,
  type NewKey,
  noteReading,
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
  type AccountMerge,
  mergeAccounts,
} from './merge-accounts.ts';
export { createOrigins, type Origins } from './origins.ts';
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
export { MOST_GRACE_SECONDS, rotateKey } from './rotate-key.ts';
export { searchAccounts } from './search-accounts.ts';
export { createSlowHash, type SlowHash } from './slow-hash.ts';
export {
  assignPlan,
  cancelSubscription,
  changePlanLater,
  endSubscription,
  planInForce,
  renewSubscription,
  resumeSubscription,
  tryPlan,
  upgradePlan,
} from './subscription-acts.ts';
export {
  SUBSCRIPTION_ACTS,
  SUBSCRIPTION_STATES,
  type SubscriptionAct,
  type SubscriptionState,
  TRANSITIONS,
} from './subscription-states.ts';
export { readSubscription, type Subscription } from './subscriptions.ts';
export { defaultUnitOf, listUnits, requireUnit, unitNamed } from './units.ts';
