import { parseArgs } from 'node:util';
import {
  type Command,
  commandNames,
  type CommandName,
  commandTable,
  optionsOf,
  parserOptions,
} from './commandTable';

/** The arguments are not a command: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  /** The command whose help says how it is written. */
  readonly command: CommandName | undefined;

  constructor(message: string, command?: CommandName) {
    super(message);
    this.command = command;
  }
}

/** The values of a command's options, each checked when it is read. */
export class OptionValues {
  readonly #command: CommandName;
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(command: CommandName, values: Readonly<Record<string, unknown>>) {
    this.#command = command;
    this.#values = values;
  }

  has(name: string): boolean {
    return this.#values[name] === true;
  }

  text(name: string): string | undefined {
    const value = this.#values[name];
    return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
  }

  texts(name: string): readonly string[] {
    const value = this.#values[name];
    return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
  }

  /** One of the option's choices. */
  choice<Choice extends string>(name: string, choices: readonly Choice[]): Choice | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const found = choices.find((each) => each === value);
    if (found !== undefined) return found;
    throw new UsageError(`--${name} is ${choices.join(', ')}, not “${value}”.`, this.#command);
  }

  wholeNumber(name: string, least: number, most: number): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const number = /^\d+$/.test(value) ? Number(value) : NaN;
    if (number >= least && number <= most) return number;
    throw new UsageError(
      `--${name} is a whole number from ${least} to ${most}, not “${value}”.`,
      this.#command,
    );
  }

  /** A number of bytes: 500000, 500k, 5M, 1.5G. */
  bytes(name: string): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const [, number, unit = ''] = /^(\d+(?:\.\d+)?)([kmg]?)b?$/i.exec(value) ?? [];
    if (number !== undefined) {
      return Math.round(Number(number) * 1000 ** ['', 'k', 'm', 'g'].indexOf(unit.toLowerCase()));
    }
    throw new UsageError(
      `--${name} is a number of bytes such as 5M, not “${value}”.`,
      this.#command,
    );
  }
}

/** The arguments of a command, parsed. */
export type CommandLine =
  | { readonly kind: 'help'; readonly command?: CommandName }
  | { readonly kind: 'version' }
  | {
      readonly kind: 'command';
      readonly name: CommandName;
      readonly args: readonly string[];
      readonly options: OptionValues;
    };

/** Reads the arguments behind the program's name. Throws a {@link UsageError}. */
export function readCommandLine(argv: readonly string[]): CommandLine {
  const [first, ...rest] = argv;
  if (first === undefined || first === '--help' || first === '-h') return { kind: 'help' };
  if (first === '--version' || first === '-V') return { kind: 'version' };
  if (first === 'help') {
    const [topic] = rest;
    return topic === undefined ? { kind: 'help' } : { kind: 'help', command: commandNamed(topic) };
  }
  const name = commandNamed(first);
  const { values, positionals } = parse(name, rest);
  if (values['help'] === true) return { kind: 'help', command: name };
  const { least, most, usage }: Command = commandTable[name];
  if (positionals.length < least) throw new UsageError(`“${name}” needs ${usage}.`, name);
  if (positionals.length > most) {
    const [extra = ''] = positionals.slice(most);
    throw new UsageError(`“${name}” does not take “${extra}”.`, name);
  }
  const options = new OptionValues(name, values);
  for (const [option, { choices }] of Object.entries(optionsOf(name))) {
    if (choices !== undefined) options.choice(option, choices);
  }
  return { kind: 'command', name, args: positionals, options };
}

function parse(
  name: CommandName,
  args: readonly string[],
): { readonly values: Readonly<Record<string, unknown>>; readonly positionals: readonly string[] } {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: parserOptions(name),
      allowPositionals: true,
      strict: true,
    });
    return { values, positionals };
  } catch (error) {
    const [sentence = ''] = (error instanceof Error ? error.message : String(error)).split('. ', 1);
    throw new UsageError(`${sentence.replace(/\.$/, '')}.`, name);
  }
}

function commandNamed(text: string): CommandName {
  const found = commandNames.find((name) => name === text);
  if (found !== undefined) return found;
  if (text.startsWith('-')) throw new UsageError(`“${text}” stands before no command.`);
  const near = commandNames.find((name) => name.startsWith(text) || text.startsWith(name));
  const hint = near === undefined ? '' : ` Did you mean “${near}”?`;
  throw new UsageError(`There is no command “${text}”.${hint}`);
}
