/** Under which the routes of better-auth stand. */
export const AUTH_PATH = '/auth';

/** The header in which the caller's address is handed in; what came from outside is dropped. */
export const CLIENT_ADDRESS_HEADER = 'x-farebox-client-address';

/** The page of ours that takes a new password. */
export function resetUrl(publicUrl: string, token: string): string {
  return `${publicUrl}/reset-password?token=${token}`;
}
