export { type Authenticator, createAuthenticator } from './authenticator.ts';
export {
  AUTH_PATH,
  CLIENT_ADDRESS_HEADER,
  type OidcProvider,
  type SignInProviders,
} from './better-auth.ts';
export type { Caller } from './caller.ts';
export { requireAddress, requireModel, requireScope } from './permissions.ts';
export {
  createPrincipals,
  type Principal,
  type Principals,
  platformNotFound,
  type Wanted,
} from './principal.ts';
export { type KeyHeaders, readKey } from './read-key.ts';
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
