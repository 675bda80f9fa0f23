import { type App, startApp } from './app.ts';
import type { Config } from './config.ts';
import { type Seeded, seedNewInstance } from './editions/index.ts';
import { type Instance, openInstance } from './instance.ts';
import { Fault, type Log } from './kernel/index.ts';

export interface StartOptions {
  readonly config: Config;
  readonly version: string;
  readonly log: Log;
  /** One line of JSON instead of the readable greeting. */
  readonly json: boolean;
  /** Set up no example platform on a new database. */
  readonly empty: boolean;
  write(text: string): void;
  /** Resolves when the process is told to stop. */
  readonly stopped: Promise<string>;
}

/** Serves an instance until it is told to stop; resolves when everything is settled and closed. */
export async function start(options: StartOptions): Promise<void> {
  const { config, log } = options;
  const instance = await openInstance(config, 'server', log);
  try {
    const seeded = options.empty ? undefined : await seedNewInstance(instance.db, instance);
    const app = await serve(instance, options);
    greet(options, app, seeded);
    const reason = await options.stopped;
    log.info({ reason }, 'Stopping: no new requests, running streams may end.');
    const cut = await app.close(config.shutdownSeconds * 1_000);
    if (cut > 0) log.warn({ cut }, 'Answers that did not end in time were cut and settled.');
  } finally {
    await instance.close();
  }
}

async function serve(instance: Instance, { config, version }: StartOptions): Promise<App> {
  const { host, port, maxBodyBytes } = config;
  try {
    return await startApp(instance, { host, port, maxBodyBytes, version });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new Fault({
      code: 'port_in_use',
      status: 500,
      message: `Port ${port} of ${host} is taken by another program. Set PORT to a free one.`,
      cause: error,
    });
  }
}

function greet(options: StartOptions, app: App, seeded: Seeded | undefined): void {
  const { config, json, write } = options;
  const host = ['0.0.0.0', '::'].includes(config.host) ? '127.0.0.1' : config.host;
  const origin = `http://${host.includes(':') ? `[${host}]` : host}:${app.port}`;
  const url = config.publicUrl ?? origin;
  if (json) {
    const line = {
      url: `${url}/v1`,
      key: seeded?.key ?? null,
      platform: seeded?.platform ?? null,
      account: seeded?.account ?? null,
      operator_url: `${url}/`,
    };
    write(`${JSON.stringify(line)}\n`);
    return;
  }
  write(`\nFarebox is ready.\n\n  Base URL   ${url}/v1\n`);
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
