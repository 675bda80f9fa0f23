export { AUTH_PATH, CLIENT_ADDRESS_HEADER, resetUrl } from './auth-address.ts';
export { type Authenticator, createAuthenticator } from './authenticator.ts';
export type { OidcProvider, SignInProviders } from './better-auth.ts';
export type { Caller } from './caller.ts';
export type { ApiDescription } from './describe-sign-in.ts';
export {
  createIssuer,
  type Issuer,
  listIssuers,
  type NewIssuer,
  removeIssuer,
  SIGNING_ALGORITHMS,
  type SigningAlgorithm,
} from './issuers/issuer-rows.ts';
export { createIssuers, type Issuers, type TokenBearer } from './issuers/issuers.ts';
export {
  addOperator,
  createFirstOperator,
  hasOperator,
  isSetupToken,
  setupToken,
} from './operators.ts';
export { requireAddress, requireModel, requireScope } from './permissions.ts';
export {
  createPrincipals,
  type Principal,
  type Principals,
  platformNotFound,
  type Wanted,
} from './principal.ts';
export { type KeyHeaders, readKey } from './read-key.ts';
export { createResetToken } from './reset-token.ts';
export {
  forgetOldSessions,
  listSessions,
  type OpenSession,
  revokeSessions,
} from './session-list.ts';
export {
  createSessions,
  type SessionParts,
  type Sessions,
  type SessionUser,
  type StartedSession,
} from './sessions.ts';
export {
  createUser,
  findUserByMail,
  listUsers,
  type NewUser,
  PASSWORD_LENGTH,
  readMail,
  type User,
} from './users.ts';
