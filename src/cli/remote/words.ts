/** Flags in front of the noun that take a value. */
const WITH_VALUE = new Set(['--url', '--token', '--data', '--database-url', '--port', '--host']);
/** Commands that know what to do with `--url` themselves. */
const OWN = new Set(['api', 'login', 'logout', 'whoami', 'completion', 'replay']);

/**
 * The words of a command line as the program reads them: `--url` in front of a noun means the noun
 * of the instance there, which is `farebox api`.
 */
export function remoteWords(argv: readonly string[]): readonly string[] {
  let at = 0;
  let isRemote = false;
  for (; at < argv.length && argv[at]?.startsWith('-'); at += 1) {
    const [flag = ''] = argv[at]?.split('=') ?? [];
    isRemote ||= flag === '--url';
    if (WITH_VALUE.has(argv[at] ?? '')) at += 1;
  }
  const noun = argv[at];
  if (!isRemote || noun === undefined || OWN.has(noun)) return argv;
  return [...argv.slice(0, at), 'api', ...argv.slice(at)];
}
