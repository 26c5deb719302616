import type { ParseArgsConfig } from 'node:util';

/** One option as its command, the help and the completion know it. */
export interface Option {
  readonly type: 'string' | 'boolean';
  /** The name of the value in the help; for options with a value. */
  readonly value?: string;
  readonly help: string;
  readonly short?: string;
  /** May be given several times. */
  readonly multiple?: true;
  /** The values that it can have. */
  readonly choices?: readonly string[];
}

/** One command. */
export interface Command {
  /** The arguments after its name, as the help writes them. */
  readonly usage: string;
  readonly summary: string;
  /** More than the summary, in whole lines. */
  readonly details?: readonly string[];
  /** How many arguments it takes. */
  readonly least: number;
  readonly most: number;
  /** The kind of the arguments, for the completion. */
  readonly takes?: 'offered' | 'downloaded' | 'files' | 'shells';
  readonly options: Readonly<Record<string, Option>>;
}

/** Options that every command has. */
const commonOptions = {
  cache: {
    type: 'string',
    value: 'FOLDER',
    help: 'The folder with the models (a Hugging Face cache)',
  },
  json: { type: 'boolean', help: 'Print one JSON object a line, for programs' },
  quiet: { type: 'boolean', short: 'q', help: 'Show no progress' },
  verbose: { type: 'boolean', help: 'Print the log to the standard error' },
  help: { type: 'boolean', short: 'h', help: 'Show this help' },
} as const satisfies Readonly<Record<string, Option>>;

/** Where models come from; for commands that ask a hub. */
const hubOptions = {
  endpoint: {
    type: 'string',
    value: 'URL',
    help: 'The hub (default: HF_ENDPOINT, else huggingface.co)',
  },
  mirror: {
    type: 'string',
    value: 'URL',
    multiple: true,
    help: 'Asked where the hub can’t be reached',
  },
} as const satisfies Readonly<Record<string, Option>>;

const catalogOptions = {
  catalog: {
    type: 'string',
    value: 'FILE',
    multiple: true,
    help: 'A catalog of more models, as a file or an https address',
  },
} as const satisfies Readonly<Record<string, Option>>;

const transferOptions = {
  'max-connections': {
    type: 'string',
    value: 'N',
    help: 'Connections at the same time (default 16)',
  },
  'max-speed': {
    type: 'string',
    value: 'BYTES',
    help: 'Bytes in a second, such as 5M; 0: as fast as it goes',
  },
} as const satisfies Readonly<Record<string, Option>>;

/** Every command of the command line, in the order of the help. */
export const commandTable = {
  list: {
    usage: '',
    summary: 'List the models on offer',
    least: 0,
    most: 0,
    options: {
      ...catalogOptions,
      language: {
        type: 'string',
        value: 'CODE',
        help: 'Only those that speak it, best first, such as de',
      },
      loadable: { type: 'boolean', help: 'Only those that this program can transcribe with' },
    },
  },
  search: {
    usage: 'TEXT',
    summary: 'Search the catalog and the hub',
    least: 1,
    most: Infinity,
    options: {
      ...catalogOptions,
      ...hubOptions,
      language: { type: 'string', value: 'CODE', help: 'Only those that speak it' },
    },
  },
  download: {
    usage: 'ID…',
    summary: 'Download models, verified; what is here already is not fetched again',
    details: [
      'ID is an id of the list, or hf:organisation/name[@revision][#pattern,pattern].',
      'The last line on the standard output is the path of the (last) model.',
      'Ctrl-C keeps what is there, and the next download goes on from it.',
    ],
    least: 1,
    most: Infinity,
    takes: 'offered',
    options: {
      ...catalogOptions,
      ...hubOptions,
      ...transferOptions,
      revision: { type: 'string', value: 'REV', help: 'Branch, tag or commit' },
      discard: { type: 'boolean', help: 'On Ctrl-C, remove what has arrived' },
    },
  },
  ls: {
    usage: '',
    summary: 'List the models on the disk',
    least: 0,
    most: 0,
    options: catalogOptions,
  },
  path: {
    usage: 'ID',
    summary: 'Print the path of a downloaded model',
    least: 1,
    most: 1,
    takes: 'downloaded',
    options: catalogOptions,
  },
  verify: {
    usage: '[ID…]',
    summary: 'Hash the files of these models, or of all',
    least: 0,
    most: Infinity,
    takes: 'downloaded',
    options: {
      ...catalogOptions,
      ...hubOptions,
      repair: { type: 'boolean', help: 'Download again what is damaged or missing' },
    },
  },
  update: {
    usage: '[ID…]',
    summary: 'Download what has changed at the hub',
    least: 0,
    most: Infinity,
    takes: 'downloaded',
    options: {
      ...catalogOptions,
      ...hubOptions,
      ...transferOptions,
      check: { type: 'boolean', help: 'Only say what has changed' },
      discard: { type: 'boolean', help: 'On Ctrl-C, remove what has arrived' },
    },
  },
  rm: {
    usage: 'ID…',
    summary: 'Delete models; what others share with them stays',
    least: 1,
    most: Infinity,
    takes: 'downloaded',
    options: catalogOptions,
  },
  import: {
    usage: 'PATH…',
    summary: 'Take in model files, folders, archives, or a bundle of “export”',
    least: 1,
    most: Infinity,
    takes: 'files',
    options: catalogOptions,
  },
  export: {
    usage: 'ID…',
    summary: 'Write models to one file, for a machine without a network',
    least: 1,
    most: Infinity,
    takes: 'downloaded',
    options: {
      ...catalogOptions,
      output: { type: 'string', short: 'o', value: 'BUNDLE', help: 'The file to write (required)' },
    },
  },
  transcribe: {
    usage: 'FILE…',
    summary: 'Turn recordings into text or subtitles',
    details: [
      'A folder stands for every recording in it. Formats other than WAV need ffmpeg.',
      'Without --model, the one downloaded model that can be loaded is used.',
    ],
    least: 1,
    most: Infinity,
    takes: 'files',
    options: {
      ...catalogOptions,
      ...hubOptions,
      model: { type: 'string', short: 'm', value: 'ID', help: 'Downloaded first when it must' },
      language: {
        type: 'string',
        value: 'CODE',
        help: 'What is spoken (default: the model detects it)',
      },
      translate: { type: 'boolean', help: 'Give the text in English' },
      prompt: {
        type: 'string',
        value: 'TEXT',
        help: 'Names and words that are said, with commas between them',
      },
      format: {
        type: 'string',
        value: 'FORMAT',
        choices: ['text', 'srt', 'vtt', 'json'],
        help: 'text (default), srt, vtt or json',
      },
      output: {
        type: 'string',
        short: 'o',
        value: 'PATH',
        help: 'A file, or for several recordings a folder (default: the standard output)',
      },
      threads: {
        type: 'string',
        value: 'N',
        help: 'Threads (default: one for each processor core)',
      },
      device: {
        type: 'string',
        value: 'DEVICE',
        choices: ['auto', 'cpu', 'gpu'],
        help: 'auto (default), cpu or gpu',
      },
    },
  },
  doctor: {
    usage: '[ENDPOINT]',
    summary: 'Try every step that a download needs, measured',
    least: 0,
    most: 1,
    options: { mirror: hubOptions.mirror },
  },
  serve: {
    usage: '',
    summary: 'Serve the models to other programs on this computer',
    details: [
      'OpenAI’s shape at /v1, agents at /mcp, events at /api/events; docs/api.md has the routes.',
      'The address and the token are in ~/.asr-models/server.json; ASR_MODELS_TOKEN chooses the token.',
      'Ctrl-C is its proper end, with exit code 0.',
    ],
    least: 0,
    most: 0,
    options: {
      ...catalogOptions,
      ...hubOptions,
      ...transferOptions,
      port: { type: 'string', value: 'N', help: 'The port (default: any free one)' },
      model: { type: 'string', short: 'm', value: 'ID', help: 'For requests that name no model' },
      threads: {
        type: 'string',
        value: 'N',
        help: 'Threads (default: one for each processor core)',
      },
      device: {
        type: 'string',
        value: 'DEVICE',
        choices: ['auto', 'cpu', 'gpu'],
        help: 'auto (default), cpu or gpu',
      },
    },
  },
  completion: {
    usage: 'SHELL',
    summary: 'Print a completion script for bash, zsh, fish or powershell',
    details: [
      'bash:       source <(asr-models completion bash)',
      'zsh:        source <(asr-models completion zsh)',
      'fish:       asr-models completion fish | source',
      'PowerShell: asr-models completion powershell | Out-String | Invoke-Expression',
    ],
    least: 1,
    most: 1,
    takes: 'shells',
    options: {},
  },
} as const satisfies Readonly<Record<string, Command>>;

export type CommandName = keyof typeof commandTable;

export const commandNames = Object.keys(commandTable) as readonly CommandName[];

/** Every option of a command, those of all commands last. */
export function optionsOf(name: CommandName): Readonly<Record<string, Option>> {
  const command: Command = commandTable[name];
  return { ...command.options, ...commonOptions };
}

/** The options in the form that Node's parser takes. */
export function parserOptions(name: CommandName): NonNullable<ParseArgsConfig['options']> {
  return Object.fromEntries(
    Object.entries(optionsOf(name)).map(([option, { type, short, multiple }]) => [
      option,
      { type, multiple: multiple === true, ...(short === undefined ? {} : { short }) },
    ]),
  );
}
