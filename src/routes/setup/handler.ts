import type { Context } from 'hono';
import {
  createFirstOperator,
  hasOperator,
  isSetupToken,
  PASSWORD_LENGTH,
  type Sessions,
} from '../../auth/index.ts';
import type { Db } from '../../db/index.ts';
import type { ManagedApp, ManagedEnv } from '../../http/index.ts';
import { Fault, type Ids, type Random, type SecretBox } from '../../kernel/index.ts';
import { answerPage } from '../forms/form-page.ts';
import { type FormFields, readForm } from '../forms/read-form.ts';

export interface SetupParts {
  readonly db: Db;
  readonly secrets: SecretBox;
  readonly ids: Ids;
  readonly random: Random;
  readonly sessions: Pick<Sessions, 'createSession'>;
}

/** Mounts `/setup`, where the link that a start prints makes the first operator. */
export function mountSetup(app: ManagedApp, parts: SetupParts): void {
  const { db, secrets, sessions } = parts;
  const refusal = async (token: string): Promise<Response | undefined> => {
    if (await hasOperator(db)) return answerPage(DONE, 409);
    return isSetupToken(secrets, token) ? undefined : answerPage(WRONG_LINK, 403);
  };
  app.get('/setup', async (c) => {
    const token = c.req.query('token') ?? '';
    return (await refusal(token)) ?? answerForm({ token });
  });
  app.post('/setup', async (c: Context<ManagedEnv>) => {
    const { token = '', mail = '', name = '', password = '' } = await readForm(c);
    const refused = await refusal(token);
    if (refused !== undefined) return refused;
    try {
      const user = await createFirstOperator(
        parts,
        { mail, name, password },
        c.get('request').requestId,
      );
      const { setCookie } = await sessions.createSession(user.id);
      return new Response(null, {
        status: 303,
        headers: { location: '/', 'set-cookie': setCookie },
      });
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      if (error.code === 'setup_done') return answerPage(DONE, 409);
      return answerForm({ token, mail, name }, error);
    }
  });
}

const DONE = {
  title: 'Set up already',
  text: 'This instance has its operator. Sign in, or ask them to let you in.',
};

const WRONG_LINK = {
  title: 'Not the right link',
  text: 'Take the whole link that the start of this instance printed.',
};

function answerForm({ token = '', mail, name }: FormFields, fault?: Fault): Response {
  return answerPage(
    {
      title: 'Set up Farebox',
      text: 'Make yourself the operator of this instance. This link works once.',
      problem: fault?.message,
      form: {
        action: '/setup',
        hidden: { token },
        submit: 'Become the operator',
        fields: [
          {
            name: 'mail',
            label: 'Mail address',
            type: 'email',
            autocomplete: 'email',
            value: mail,
          },
          {
            ...{ name: 'name', label: 'Name', type: 'text', autocomplete: 'name', value: name },
            isOptional: true,
          },
          {
            ...{ name: 'password', label: 'Password', type: 'password' },
            autocomplete: 'new-password',
            minLength: PASSWORD_LENGTH.least,
          },
        ],
      },
    },
    fault?.status,
  );
}
