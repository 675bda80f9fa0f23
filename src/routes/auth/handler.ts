import { AUTH_PATH } from '../../auth/index.ts';
import type { ManagedApp } from '../../http/index.ts';
import { answerPage } from '../forms/form-page.ts';
import { refusalOf } from './refusal.ts';
import { type AuthRouteParts, requestOf } from './request.ts';
import { mountResetPage } from './reset-page.ts';

/** Mounts sign-up, sign-in and sessions: what is under `/auth` is better-auth's. */
export function mountAuth(app: ManagedApp, parts: AuthRouteParts): void {
  // Where a sign-in elsewhere that went wrong leads people.
  app.get(`${AUTH_PATH}/error`, (c) => answerPage(failedSignIn(c.req.query('error')), 400));
  app.all(`${AUTH_PATH}/*`, async (c) => {
    const { method, path } = c.req;
    const hasBody = method !== 'GET' && method !== 'HEAD';
    const answer = await parts.sessions.handle(
      requestOf(c, parts, {
        path: path + new URL(c.req.url).search,
        body: hasBody ? await c.req.arrayBuffer() : null,
      }),
    );
    if (answer.status >= 400) throw await refusalOf(answer);
    return answer;
  });
  mountResetPage(app, parts);
}

function failedSignIn(error: string | undefined) {
  const code = /^\w{1,60}$/.test(error ?? '') ? error : 'unknown';
  return {
    title: 'Signing in did not work',
    text: `Go back and try again, or sign in another way. The reason given was: ${code}.`,
  };
}
