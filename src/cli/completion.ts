import type { CommandContext, ExitCode } from './commandContext';
import { UsageError } from './commandLine';
import {
  type Command,
  commandNames,
  type CommandName,
  commandTable,
  type Option,
  optionsOf,
} from './commandTable';
import { programName } from './help';

const shells = ['bash', 'zsh', 'fish', 'powershell'] as const;
type Shell = (typeof shells)[number];

/** Prints the script that completes commands, options, their values and model ids in a shell. */
export function completion({ args, output }: CommandContext): Promise<ExitCode> {
  const [name = ''] = args;
  const shell = shells.find((each) => each === name.toLowerCase());
  if (shell === undefined) {
    throw new UsageError(
      `There is no completion for “${name}”: ${shells.join(', ')}.`,
      'completion',
    );
  }
  output.raw(completionScript(shell));
  return Promise.resolve(0);
}

/** The script for a shell, made of the table of commands. */
export function completionScript(shell: Shell): string {
  const makers = { bash, zsh, fish, powershell };
  return makers[shell]();
}

/** Where the model ids come from: the first column of a command. */
function idsCommand({ takes }: Command): string | undefined {
  if (takes === 'offered') return `${programName} list --quiet`;
  return takes === 'downloaded' ? `${programName} ls --quiet` : undefined;
}

/** Commands with their options as a person writes them, and those options that have a value. */
function facts(name: CommandName): {
  readonly command: Command;
  readonly options: readonly string[];
  readonly withValue: readonly (readonly [string, Option])[];
} {
  const all = Object.entries(optionsOf(name));
  const written = (option: string, { short }: Option): readonly string[] => [
    `--${option}`,
    ...(short === undefined ? [] : [`-${short}`]),
  ];
  return {
    command: commandTable[name],
    options: all.flatMap(([option, of]) => written(option, of)),
    withValue: all.flatMap(([option, of]) =>
      of.type === 'string' ? written(option, of).map((text) => [text, of] as const) : [],
    ),
  };
}

/** The completion of a value: its choices, ids for `--model`, else files. */
function valuesOf(text: string, { choices }: Option): 'files' | 'ids' | readonly string[] {
  if (choices !== undefined) return choices;
  return text === '--model' || text === '-m' ? 'ids' : 'files';
}

function bash(): string {
  const cases = commandNames.map((name) => {
    const { command, options, withValue } = facts(name);
    const values = withValue.map(([text, option]) => {
      const of = valuesOf(text, option);
      const reply =
        of === 'files'
          ? 'COMPREPLY=($(compgen -f -- "$cur"))'
          : of === 'ids'
            ? '_asr_models_ids list'
            : `COMPREPLY=($(compgen -W '${of.join(' ')}' -- "$cur"))`;
      return `        ${text}) ${reply}; return ;;`;
    });
    const ids = idsCommand(command);
    const rest =
      ids !== undefined
        ? `_asr_models_ids ${ids.split(' ')[1] ?? ''}`
        : command.takes === 'shells'
          ? `COMPREPLY=($(compgen -W '${shells.join(' ')}' -- "$cur"))`
          : 'COMPREPLY=($(compgen -f -- "$cur"))';
    return [
      `    ${name})`,
      '      case "$prev" in',
      ...values,
      '      esac',
      `      if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W '${options.join(' ')}' -- "$cur"))`,
      `      else ${rest}`,
      '      fi ;;',
    ].join('\n');
  });
  return `# bash completion of ${programName}
_asr_models_ids() {
  local ids
  ids=$(${programName} "$1" --quiet 2>/dev/null | cut -d' ' -f1)
  COMPREPLY=($(compgen -W "$ids" -- "$cur"))
}
_asr_models() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]}
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W '${commandNames.join(' ')} help --help --version' -- "$cur"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
    help) COMPREPLY=($(compgen -W '${commandNames.join(' ')}' -- "$cur")) ;;
${cases.join('\n')}
  esac
}
complete -o filenames -o bashdefault -F _asr_models ${programName}
`;
}

function zsh(): string {
  const quoted = (text: string): string => text.replace(/'/g, "'\\''").replace(/([[\]:])/g, '\\$1');
  const rows = commandNames.map((name) => {
    const { summary }: Command = commandTable[name];
    return `    '${name}:${quoted(summary)}'`;
  });
  const cases = commandNames.map((name) => {
    const command: Command = commandTable[name];
    const specs = Object.entries(optionsOf(name)).flatMap(([option, of]) => {
      const names = [`--${option}`, ...(of.short === undefined ? [] : [`-${of.short}`])];
      const repeat = of.multiple === true ? '*' : '';
      return names.map((text) => {
        const values = valuesOf(text, of);
        const action =
          values === 'files'
            ? '_files'
            : values === 'ids'
              ? '{_asr_models_ids list}'
              : `(${values.join(' ')})`;
        const value = of.type === 'string' ? `:${of.value ?? ''}:${action}` : '';
        return `        '${repeat}${text}[${quoted(of.help)}]${value}'`;
      });
    });
    const ids = idsCommand(command);
    const rest =
      ids !== undefined
        ? `{_asr_models_ids ${ids.split(' ')[1] ?? ''}}`
        : command.takes === 'shells'
          ? `(${shells.join(' ')})`
          : '_files';
    const takes = command.most === 0 ? [] : [`        '*:${command.usage}:${rest}'`];
    return [
      `      ${name}) _arguments -S \\`,
      [...specs, ...takes].join(' \\\n'),
      '        ;;',
    ].join('\n');
  });
  return `#compdef ${programName}
_asr_models_ids() {
  local -a ids
  ids=(\${(f)"$(${programName} $1 --quiet 2>/dev/null | cut -d' ' -f1)"})
  compadd -a ids
}
_asr_models() {
  local -a commands
  commands=(
${rows.join('\n')}
  )
  if ((CURRENT == 2)); then
    _describe command commands
    return
  fi
  local name=$words[2]
  shift words
  ((CURRENT--))
  case $name in
${cases.join('\n')}
  esac
}
if [[ $funcstack[1] == _asr_models ]]; then _asr_models "$@"; else compdef _asr_models ${programName}; fi
`;
}

function fish(): string {
  const quoted = (text: string): string => `'${text.replace(/(['\\])/g, '\\$1')}'`;
  const lines = [
    `# fish completion of ${programName}`,
    'function __asr_models_ids',
    `  ${programName} $argv[1] --quiet 2>/dev/null | string split -f1 ' '`,
    'end',
  ];
  for (const name of commandNames) {
    const command: Command = commandTable[name];
    const here = `-n '__fish_seen_subcommand_from ${name}'`;
    lines.push(
      `complete -c ${programName} -f -n __fish_use_subcommand -a ${name} -d ${quoted(command.summary)}`,
    );
    const ids = idsCommand(command)?.split(' ')[1];
    if (ids !== undefined)
      lines.push(`complete -c ${programName} -f ${here} -a '(__asr_models_ids ${ids})'`);
    if (command.takes === 'shells') {
      lines.push(`complete -c ${programName} -f ${here} -a ${quoted(shells.join(' '))}`);
    }
    if (command.takes === 'files') lines.push(`complete -c ${programName} -F ${here}`);
    for (const [option, { type, short, help, choices }] of Object.entries(optionsOf(name))) {
      const isModel = option === 'model';
      const values =
        choices !== undefined
          ? ` -x -a ${quoted(choices.join(' '))}`
          : isModel
            ? " -x -a '(__asr_models_ids list)'"
            : type === 'string'
              ? ' -r'
              : '';
      const dash = short === undefined ? '' : ` -s ${short}`;
      lines.push(
        `complete -c ${programName} ${here} -l ${option}${dash}${values} -d ${quoted(help)}`,
      );
    }
  }
  return `${lines.join('\n')}\n`;
}

function powershell(): string {
  const list = (values: readonly string[]): string =>
    `@(${values.map((value) => `'${value.replace(/'/g, "''")}'`).join(', ')})`;
  const options = commandNames.map((name) => `    '${name}' = ${list(facts(name).options)}`);
  const choices = new Map(
    commandNames.flatMap((name) =>
      facts(name).withValue.flatMap(([text, option]) => {
        const values = valuesOf(text, option);
        return typeof values === 'string' ? [] : [[text, values] as const];
      }),
    ),
  );
  const ids = commandNames.flatMap((name) => {
    const from = idsCommand(commandTable[name])?.split(' ')[1];
    return from === undefined ? [] : [`    '${name}' = '${from}'`];
  });
  return `# PowerShell completion of ${programName}
Register-ArgumentCompleter -Native -CommandName '${programName}' -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $options = @{
${options.join('\n')}
  }
  $values = @{
${[...choices].map(([text, values]) => `    '${text}' = ${list(values)}`).join('\n')}
  }
  $ids = @{
${ids.join('\n')}
  }
  $words = @($commandAst.CommandElements | ForEach-Object { $_.ToString() })
  $before = if ($wordToComplete) { $words.Count - 1 } else { $words.Count }
  if ($before -le 1) {
    $found = ${list([...commandNames, 'help', '--help', '--version'])}
  } elseif ($values.ContainsKey($words[$before - 1])) {
    $found = $values[$words[$before - 1]]
  } elseif ($wordToComplete.StartsWith('-')) {
    $found = $options[$words[1]]
  } elseif ($ids.ContainsKey($words[1])) {
    $found = & ${programName} $ids[$words[1]] --quiet 2>$null | ForEach-Object { ($_ -split ' ')[0] }
  } elseif ($words[1] -eq 'completion') {
    $found = ${list(shells)}
  } else { $found = @() }
  $found | Where-Object { $_ -like "$wordToComplete*" } | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
  }
}
`;
}
