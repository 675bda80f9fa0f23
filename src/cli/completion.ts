import { Argument, type Command } from 'commander';
import { give, type Shell, withJson } from './answer.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** `farebox completion` */
export function addCompletion(program: Command, shell: Shell): void {
  const command = program
    .command('completion')
    .description('print a script that completes the command line in your shell')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS));
  withJson(command).action(() => {
    const name = command.args[0] as (typeof SHELLS)[number];
    const text = SCRIPTS[name](wordsOf(program));
    give(shell, command, { json: { shell: name, script: text }, text });
  });
}

/** What may follow: for 'keys create' its flags, for 'keys' its verbs. */
type Words = ReadonlyMap<string, readonly string[]>;

function wordsOf(program: Command): Words {
  const words = new Map<string, readonly string[]>();
  const walk = (command: Command, path: readonly string[]) => {
    const flags = command.options.flatMap(({ long }) => long ?? []);
    words.set(path.join(' '), [...command.commands.map((one) => one.name()), ...flags, '--help']);
    for (const each of command.commands) walk(each, [...path, each.name()]);
  };
  walk(program, []);
  return words;
}

/** Sets `found` to what may follow a command; fails for words that are none. */
const finder = (words: Words) => `_farebox_find() {
  case "$1" in
${[...words].map(([path, next]) => `    "${path}") found="${next.join(' ')}" ;;`).join('\n')}
    *) return 1 ;;
  esac
}`;

/** Goes along the words so far: what is no command is a value, or a flag. */
const LOOP = `local path="" found="" word
  _farebox_find ""
  for word in "$@"; do
    if _farebox_find "\${path:+$path }$word"; then path="\${path:+$path }$word"; fi
  done`;

const SCRIPTS = {
  bash: (words: Words) => `# farebox completion bash >> ~/.bashrc
${finder(words)}
_farebox_follow() {
  ${LOOP}
  printf '%s' "$found"
}
_farebox() {
  local next
  next=$(_farebox_follow "\${COMP_WORDS[@]:1:COMP_CWORD-1}")
  COMPREPLY=($(compgen -W "$next" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -F _farebox farebox
`,
  zsh: (words: Words) => `#compdef farebox
# farebox completion zsh > "\${fpath[1]}/_farebox"
${finder(words)}
_farebox_follow() {
  ${LOOP}
  print -r -- "$found"
}
_farebox() {
  local next
  next=$(_farebox_follow "\${(@)words[2,CURRENT-1]}")
  compadd -- \${=next}
}
compdef _farebox farebox
`,
  fish: (words: Words) => `# farebox completion fish > ~/.config/fish/completions/farebox.fish
function __farebox_path
  set -l known ${[...words.keys()].map((path) => `"${path}"`).join(' ')}
  set -l path ""
  for word in (commandline -opc)[2..]
    set -l longer (string trim "$path $word")
    contains -- "$longer" $known; and set path "$longer"
  end
  printf '%s' "$path"
end
complete -c farebox -f
${[...words]
  .map(([path, next]) => {
    const isThere = `test (__farebox_path | string collect) = "${path}"`;
    return `complete -c farebox -n '${isThere}' -a '${next.join(' ')}'`;
  })
  .join('\n')}
`,
};
