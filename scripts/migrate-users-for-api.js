#!/usr/bin/env node
// Brings the users of a site that is there already over to the platform of edition 1:
//   node scripts/migrate-users-for-api.js users.json [--dry-run] [--map balance=tokens]
// It is `farebox accounts import` with that platform, unless another is given.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const args = process.argv.slice(2);
const bin = fileURLToPath(new URL('../bin/farebox.mjs', import.meta.url));
const platform = args.includes('--platform') ? [] : ['--platform', 'developer-search'];
const run = spawnSync(process.execPath, [bin, 'accounts', 'import', ...args, ...platform], {
  stdio: 'inherit',
});
process.exitCode = run.status ?? 1;
