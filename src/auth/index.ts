export { type Authenticator, createAuthenticator } from './authenticator.ts';
export type { Caller } from './caller.ts';
export { type KeyHeaders, readKey } from './read-key.ts';
