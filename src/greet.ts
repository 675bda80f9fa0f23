import type { Config } from './config.ts';
import type { Seeded } from './editions/index.ts';
import { localOrigin } from './http/index.ts';

/**
 * Says where the instance is, and on a new one which key works and what to try: for people to read,
 * or as one line of JSON.
 */
export function greet(options: {
  readonly config: Config;
  readonly json: boolean;
  readonly port: number;
  readonly seeded: Seeded | undefined;
  /** Opens the page that makes the first operator; undefined when there is one. */
  readonly setupToken: string | undefined;
  write(text: string): void;
}): void {
  const { config, json, port, seeded, setupToken, write } = options;
  const url = config.publicUrl ?? localOrigin(config.host, port);
  const setupUrl = setupToken === undefined ? undefined : `${url}/setup?token=${setupToken}`;
  if (json) {
    const line = {
      url: `${url}/v1`,
      key: seeded?.key ?? null,
      platform: seeded?.platform ?? null,
      account: seeded?.account ?? null,
      operator_url: `${url}/`,
      setup_url: setupUrl ?? null,
    };
    write(`${JSON.stringify(line)}\n`);
    return;
  }
  write(`\nFarebox is ready.\n\n  Base URL   ${url}/v1\n`);
  if (setupUrl !== undefined) write(`  Operator   become it once, at ${setupUrl}\n`);
  if (seeded !== undefined) {
    write(firstCall(`${url}/v1`, seeded));
    return;
  }
  write(
    '\n  Make a key:  npx farebox keys create --platform model-market ' +
      '--account demo@model-market.example\n\n',
  );
}

function firstCall(url: string, { key, account, platform, model }: Seeded): string {
  return `  Key        ${key}   (shown this once)
  Account    ${account} on ${platform}, 5 USD
  Models     answered by the built-in demo provider until you set up a real one

Try it:

  curl -i ${url}/chat/completions \\
    -H 'authorization: Bearer ${key}' \\
    -H 'content-type: application/json' \\
    -d '{"model":"${model}","messages":[{"role":"user","content":"Say hello"}]}'

`;
}
