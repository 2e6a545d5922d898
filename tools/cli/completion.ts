import tab from '@bomb.sh/tab/commander';
import { CommanderError, type Command } from 'commander';
import type { CliHost } from './host.ts';

/** `complete`: prints the completion script of a shell; the script asks the tool itself for what may come next. */
export function addCompletion(program: Command, host: CliHost): void {
  tab(program);
  program.commands
    .find((command) => command.name() === 'complete')
    ?.description('print the completion script of a shell')
    .addHelpText('after', `\nExamples:\n  $ source <(bi-cron complete bash)\n  $ bi-cron complete fish | source`)
    .hook('preAction', () => {
      const own = answerOf(program.args.slice(1));
      if (own === undefined) return;
      host.out(own);
      throw new CommanderError(0, 'complete', ''); // done: nothing is left to the package
    });
}

/** What is answered here, because the package does not: its bash script needs bash-completion and cannot be sourced twice, and it knows no files. */
function answerOf(args: readonly string[]): string | undefined {
  const [shell] = args;
  if (args.length === 1 && shell === 'bash') return BASH;
  const words = args.filter((word) => word !== '=').slice(0, -1); // bash makes --env=x three words
  return FILE_OPTIONS.has(words.at(-1) ?? '') ? `:${FILES}\n` : undefined;
}

const FILE_OPTIONS = new Set(['--env', '--state', '--manifests']);
const FILES = 0; // cobra's ShellCompDirectiveDefault: the shell completes files

const BASH = `# bash completion for bi-cron; needs nothing but bash
_bi_cron_complete() {
  local line directive=4 word=\${COMP_WORDS[COMP_CWORD]} IFS=$'\\n'
  [[ $word == = ]] && word=
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :*) directive=\${line#:} ;;
      ?*)
        line=\${line%%$'\\t'*}
        [[ $line == "$word"* ]] && COMPREPLY+=("$line")
        ;;
    esac
  done < <(bi-cron complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  if [[ $directive == ${FILES} ]]; then
    compopt -o filenames 2>/dev/null
    COMPREPLY=($(compgen -f -- "$word"))
  fi
}
complete -F _bi_cron_complete bi-cron
`;
