import {
  type Command,
  commandNames,
  type CommandName,
  commandTable,
  optionsOf,
} from './commandTable';

/** The name that people type. */
export const programName = 'asr-models';

/** The help of the program, or of one command. */
export function helpText(command?: CommandName): string {
  return `${(command === undefined ? programHelp() : commandHelp(command)).join('\n')}\n`;
}

function programHelp(): readonly string[] {
  const rows = commandNames.map((name): readonly [string, string] => {
    const { usage, summary }: Command = commandTable[name];
    return [`${name} ${usage}`.trim(), summary];
  });
  return [
    'Speech-recognition models: find, download, verify, use.',
    '',
    `Usage: ${programName} COMMAND [OPTIONS]`,
    '',
    'Commands:',
    ...columns(rows),
    '',
    `${programName} COMMAND --help  says more about a command; ${programName} --version  prints the version.`,
    '',
    'Models are kept in --cache FOLDER, else in ASR_MODELS_CACHE, else where the editor’s extension keeps its own,',
    'else in ~/.cache/asr-models. Downloads are shared with a running editor: one fetches, the other follows.',
    'A token for gated models is read from HF_TOKEN or from the file of the Hugging Face tools.',
    'Exit code: 0 done, 1 failed, 2 wrong use, 130 interrupted.',
  ];
}

function commandHelp(name: CommandName): readonly string[] {
  const { usage, summary, details = [] }: Command = commandTable[name];
  const rows = Object.entries(optionsOf(name)).map(
    ([option, { short, value, help, multiple }]): readonly [string, string] => [
      `${short === undefined ? '    ' : `-${short}, `}--${option}${value === undefined ? '' : ` ${value}`}`,
      `${help}${multiple === true ? '; may be repeated' : ''}`,
    ],
  );
  return [
    `Usage: ${[programName, name, usage].filter((part) => part !== '').join(' ')} [OPTIONS]`,
    '',
    `${summary}.`,
    ...details,
    '',
    'Options:',
    ...columns(rows),
  ];
}

function columns(rows: readonly (readonly [string, string])[]): readonly string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
