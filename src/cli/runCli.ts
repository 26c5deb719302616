import { isCancellation } from '../common/asrError';
import type { Environment } from '../common/hubEnvironment';
import { type Logger, silentLogger } from '../common/logger';
import { redact } from '../common/redact';
import type { ModelManager } from '../models';
import type { CommandWork, ExitCode } from './commandContext';
import { reportError } from './commandContext';
import { type CommandLine, readCommandLine, UsageError } from './commandLine';
import type { CommandName } from './commandTable';
import { doctor } from './commands/doctorCommand';
import { exportModels, importModels, remove, verify } from './commands/diskCommands';
import { download, update } from './commands/downloadCommands';
import { list, ls, modelPath, search } from './commands/listCommands';
import { serve } from './commands/serveCommand';
import { transcribe } from './commands/transcribeCommand';
import { completion } from './completion';
import { helpText, programName } from './help';
import { openCore } from './openCore';
import { Output, type OutputStream } from './output';
import { findCache } from './place';

/** The part of the process that the command line uses. */
interface CliHost {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: Environment;
  readonly home: string;
  readonly cwd: string;
  readonly platform: NodeJS.Platform;
  /** The folder of the bundles. */
  readonly distPath: string;
  readonly version: string;
  /** Aborted when the person interrupts. */
  readonly signal: AbortSignal;
}

const works: Readonly<Record<CommandName, CommandWork>> = {
  list,
  search,
  download,
  ls,
  path: modelPath,
  verify,
  update,
  rm: remove,
  import: importModels,
  export: exportModels,
  transcribe,
  doctor,
  serve,
  completion,
};

/**
 * Runs one command and resolves with the exit code, when everything is written and nothing of it runs any more. Never
 * rejects. `argv`: the arguments behind the program's name.
 */
export async function runCli(argv: readonly string[], host: CliHost): Promise<ExitCode> {
  const { stdout, stderr, version } = host;
  let line: CommandLine;
  try {
    line = readCommandLine(argv);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    stderr.write(usageText(error));
    return 2;
  }
  if (line.kind === 'version') {
    stdout.write(`${version}\n`);
    return 0;
  }
  if (line.kind === 'help') {
    stdout.write(helpText(line.command));
    return 0;
  }
  return await runCommand(line, host);
}

async function runCommand(
  { name, args, options }: Extract<CommandLine, { kind: 'command' }>,
  host: CliHost,
): Promise<ExitCode> {
  const { stdout, stderr, env, signal } = host;
  const output = new Output(stdout, stderr, {
    json: options.has('json'),
    quiet: options.has('quiet'),
    isPlain: env['TERM'] === 'dumb' || options.has('verbose'),
  });
  const logger = options.has('verbose') ? loggerOver(output) : silentLogger;
  let opened: Promise<ModelManager> | undefined;
  const core = (endpoint?: string): Promise<ModelManager> =>
    (opened ??= (async () => {
      const place = await findCache(options.text('cache'), host);
      logger.info(`the cache is ${place.hubRoot} (${place.namedBy})`);
      const onRefusedToken = (): void =>
        output.note('The hub refuses the token; what is public comes without it.');
      return await openCore({
        ...{ place, options, logger, onRefusedToken, ...host },
        asked: [...args, options.text('model') ?? ''],
        ...(endpoint === undefined ? {} : { endpoint }),
      });
    })());
  const { cwd } = host;
  const context = { args, options, output, signal, cwd, surroundings: host, logger, core };
  // The timers of the core keep no process alive, and a download that another program owns has nothing else here.
  const keepAlive = setInterval(() => undefined, 60_000);
  try {
    return await works[name](context);
  } catch (error) {
    output.endProgress();
    if (error instanceof UsageError) {
      output.error(usageText(error).trimEnd());
      return 2;
    }
    if (signal.aborted || isCancellation(error)) return 130;
    reportError(output, error);
    return 1;
  } finally {
    // The failure of a core that could not be opened is reported above.
    const manager = await opened?.catch(() => undefined);
    await manager?.shutDown();
    await output.flush();
    clearInterval(keepAlive);
  }
}

function usageText({ message, command }: UsageError): string {
  const help = [programName, command, '--help'].filter((part) => part !== undefined).join(' ');
  return `${programName}: ${message}\nSee “${help}”.\n`;
}

function loggerOver(output: Output): Logger {
  const write =
    (level: string) =>
    (line: string): void =>
      output.error(`[${level}] ${redact(line)}`);
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warning'),
    error: write('error'),
  };
}
