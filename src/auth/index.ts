export { type Authenticator, createAuthenticator } from './authenticator.ts';
export type { Caller } from './caller.ts';
export {
  createPrincipals,
  type Principal,
  type Principals,
  platformNotFound,
  type SessionUser,
  type Wanted,
} from './principal.ts';
export { type KeyHeaders, readKey } from './read-key.ts';
