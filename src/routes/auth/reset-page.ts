import { AUTH_PATH, PASSWORD_LENGTH } from '../../auth/index.ts';
import type { ManagedApp } from '../../http/index.ts';
import type { Fault } from '../../kernel/index.ts';
import { answerPage } from '../forms/form-page.ts';
import { readForm } from '../forms/read-form.ts';
import { refusalOf } from './refusal.ts';
import { type AuthRouteParts, requestOf } from './request.ts';

/** Mounts `/reset-password`, where the link of a mail leads whose asker has no page of its own. */
export function mountResetPage(app: ManagedApp, parts: AuthRouteParts): void {
  app.get('/reset-password', (c) => answerForm(c.req.query('token') ?? ''));
  app.post('/reset-password', async (c) => {
    const { token = '', password = '' } = await readForm(c);
    const body = JSON.stringify({ token, newPassword: password });
    const request = requestOf(c, parts, { path: `${AUTH_PATH}/reset-password`, body });
    // The token is all that counts here; a form without a referrer has the origin 'null' besides.
    for (const name of ['cookie', 'origin', 'referer']) request.headers.delete(name);
    request.headers.set('content-type', 'application/json');
    const answer = await parts.sessions.handle(request);
    if (answer.ok) return answerPage(DONE);
    const fault = await refusalOf(answer);
    if (fault.status >= 500) throw fault;
    return answerForm(token, fault);
  });
}

const DONE = {
  title: 'Password set',
  text: 'Your new password works from now on. Every session that was open has ended.',
};

function answerForm(token: string, fault?: Fault): Response {
  const problem =
    fault?.code === 'invalid_token'
      ? 'This link was used already, or it is too old. Ask for another one.'
      : fault?.message;
  return answerPage(
    {
      title: 'Set a new password',
      text: `It has ${PASSWORD_LENGTH.least} to ${PASSWORD_LENGTH.most} characters.`,
      problem,
      form: {
        action: '/reset-password',
        hidden: { token },
        submit: 'Set the password',
        fields: [
          {
            ...{ name: 'password', label: 'New password', type: 'password' },
            autocomplete: 'new-password',
            minLength: PASSWORD_LENGTH.least,
          },
        ],
      },
    },
    fault?.status,
  );
}
