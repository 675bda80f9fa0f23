// nginx as a plain reverse proxy: one worker, connections to the provider kept alive, no log, and
// answers handed on as they come.
import { execFile } from 'node:child_process';
import { access, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort, startProgram, waitForPort } from '../machine/start-process.mjs';

const PLACES = [
  '/usr/sbin/nginx',
  '/usr/local/sbin/nginx',
  '/usr/bin/nginx',
  '/usr/local/bin/nginx',
];

/** The version, or undefined where there is none: `apt-get install nginx-light` brings it. */
export async function findNginx() {
  for (const command of PLACES) {
    const isThere = await access(command).then(
      () => true,
      () => false,
    );
    if (!isThere) continue;
    const { stderr } = await promisify(execFile)(command, ['-v']);
    return { command, version: stderr.trim().replace(/^.*nginx\//, '') };
  }
  return undefined;
}

export async function startNginx({ folder, mockPort, command }) {
  const port = await freePort();
  await mkdir(join(folder, 'nginx'));
  const file = join(folder, 'nginx', 'nginx.conf');
  await writeFile(file, configuration({ folder: join(folder, 'nginx'), port, mockPort }));
  const args = ['-p', join(folder, 'nginx'), '-c', file, '-e', join(folder, 'nginx.log')];
  const logFile = join(folder, 'nginx.log');
  const program = await startProgram({ command, args, logFile });
  await waitForPort(port, program.ended);
  return { ...program, port };
}

function configuration({ folder, port, mockPort }) {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `  ${name}_temp_path ${folder}/${name};`)
    .join('\n');
  return `
daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
events { worker_connections 4096; }
http {
  access_log off;
${temporary}
  keepalive_requests 1000000000;
  upstream provider {
    server 127.0.0.1:${mockPort};
    keepalive 512;
    keepalive_requests 1000000000;
  }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / {
      proxy_pass http://provider;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
    }
  }
}
`;
}
