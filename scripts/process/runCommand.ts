import { startLeashed, type LeashOptions } from './leashedProcess';

/** A command that ended with another exit code than 0. The message carries the end of what it printed. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';

  constructor(
    readonly commandLine: string,
    readonly exitCode: number,
    readonly output: string,
  ) {
    super(`\`${commandLine}\` ended with exit code ${exitCode}:\n${output.slice(-3000).trimEnd()}`);
  }
}

/** Runs a command to its end and returns its output. Throws {@link CommandFailed} when it fails. */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: LeashOptions = {},
): Promise<string> {
  const running = startLeashed(command, args, options);
  const exitCode = await running.exited;
  if (exitCode !== 0)
    throw new CommandFailed([command, ...args].join(' '), exitCode, running.output());
  return running.output();
}
