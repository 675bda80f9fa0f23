import { errors } from 'jose';
import { Fault } from '../../kernel/index.ts';

const REFUSALS = {
  token_malformed: 'This is not a token that can be read. Send the JWT of your identity provider.',
  token_issuer_unknown: 'Tokens of this issuer are not accepted here. Register it first.',
  token_algorithm_refused:
    'Tokens signed with this algorithm are not accepted from this issuer. Sign with one of those ' +
    'that it is registered with.',
  token_key_unknown: 'The key that this token names is not among those of its issuer (any more).',
  token_signature_invalid: 'The signature of this token does not fit. Get a new one.',
  token_expired: 'This token has expired. Get a new one.',
  token_not_yet_valid: 'This token is not valid yet. Check the clock of its issuer.',
  token_audience_wrong: 'This token is meant for somebody else: its audience is another one.',
  token_claims_invalid: 'A claim of this token is missing or has the wrong form.',
  token_user_missing: 'This token does not say which user it is for.',
  token_platform_missing: 'This token does not say which platform it is for.',
  token_platform_wrong: 'This token names a platform that does not accept its issuer.',
} as const;

export type TokenRefusal = keyof typeof REFUSALS;

/** A token that is not believed: 401. */
export function tokenFault(code: TokenRefusal, cause?: unknown): Fault {
  return new Fault({ code, status: 401, message: REFUSALS[code], cause });
}

/** The keys of an issuer cannot be had at the moment: 503. */
export function issuerUnavailable(problem: string, cause?: unknown): Fault {
  return new Fault({
    code: 'token_issuer_unavailable',
    status: 503,
    message: "The keys of this token's issuer cannot be read at the moment. Try again shortly.",
    internal: problem,
    retryAfterSeconds: 5,
    cause,
  });
}

/** What jose found wrong with a token. */
export function faultOfJose(error: unknown): Fault {
  if (error instanceof Fault) return error;
  if (error instanceof errors.JWTExpired) return tokenFault('token_expired', error);
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'aud') return tokenFault('token_audience_wrong', error);
    const isEarly = error.claim === 'nbf' && error.reason === 'check_failed';
    return tokenFault(isEarly ? 'token_not_yet_valid' : 'token_claims_invalid', error);
  }
  if (error instanceof errors.JOSEAlgNotAllowed || error instanceof errors.JOSENotSupported) {
    return tokenFault('token_algorithm_refused', error);
  }
  if (error instanceof errors.JWKSNoMatchingKey) return tokenFault('token_key_unknown', error);
  if (error instanceof errors.JWKSMultipleMatchingKeys) {
    return tokenFault('token_key_unknown', error);
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) {
    return tokenFault('token_signature_invalid', error);
  }
  if (error instanceof errors.JOSEError) return tokenFault('token_malformed', error);
  // A key of the set that cannot be used with the algorithm (TypeError) is no key for this token.
  if (error instanceof TypeError) return tokenFault('token_key_unknown', error);
  throw error;
}
