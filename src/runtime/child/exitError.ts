import { AsrError } from '../../common/asrError';
import { localized, type LocalizedMessage } from '../../common/localizedMessage';

/** How a runtime process ended unexpectedly. */
export interface RuntimeEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The latest output; it goes to the log and often names a cause that the exit code does not. */
  readonly lastOutput: string;
}

/** The work that the process was doing. */
export type RuntimeActivity = 'starting' | 'loading' | 'transcribing' | 'idle';

/**
 * Exit codes by cause. Windows reports these NTSTATUS numbers, POSIX shells 128 + the signal's number
 * (docs/model-formats.md section 5).
 */
const aborted = new Set([134, 3, 0xc0000409, 136, 0xc0000094]);
const crashed = new Set([139, 138, 0xc0000005, 0xc00000fd]);
const illegal = new Set([132, 0xc000001d]);
const killed = new Set([137]);
const sherpaExit = 255;

const outOfMemory =
  /bad_alloc|\bOOM\b|out of memory|heap limit|allocation failed|cannot allocate memory|failed to allocate|ENOMEM|cannot enlarge memory|std::length_error|not enough memory/i;
const missingMetadata = /'?\b([\w.-]{1,60})'? does not exist in the metadata/;

/** A process that ended unexpectedly, or was ended because it hung. Always code `runtime`. */
export class ProcessEnded extends AsrError {}

/** The error for an unexpected end: what happened and what to do about it. */
export function exitError(
  end: RuntimeEnd,
  modelName: string,
  activity: RuntimeActivity,
): ProcessEnded {
  return new ProcessEnded('runtime', exitMessage(end, modelName, activity), {
    cause: new Error(`runtime process ended while ${activity}: ${endText(end)}`),
  });
}

/**
 * The message for an engine that reported an error and did not end: `output` is the error's text and the process's
 * latest output, which says more (WebAssembly throws bare numbers).
 */
export function engineMessage(output: string, modelName: string): LocalizedMessage {
  return (
    recognisedMessage(output, modelName) ??
    localized(
      'The runtime could not use {0}. Verify the model to repair it, or choose another one.',
      modelName,
    )
  );
}

/** The message for a cause that the output names; undefined when it names none. */
function recognisedMessage(output: string, modelName: string): LocalizedMessage | undefined {
  if (outOfMemory.test(output)) {
    return localized(
      'There was not enough memory for {0}. Close other programs or choose a smaller model.',
      modelName,
    );
  }
  const missing = missingMetadata.exec(output)?.[1];
  if (missing === undefined) return undefined;
  return localized(
    '{0} lacks the entry “{1}” that its kind of model needs: it was made for another program. Choose another model.',
    modelName,
    missing,
  );
}

function exitMessage(end: RuntimeEnd, name: string, activity: RuntimeActivity): LocalizedMessage {
  const { exitCode, signal, lastOutput } = end;
  const has = (codes: ReadonlySet<number>): boolean => exitCode !== null && codes.has(exitCode);
  const named = recognisedMessage(lastOutput, name);
  if (named !== undefined) return named;
  if (signal === 'SIGKILL' || has(killed)) {
    return localized(
      'The system ended the runtime of {0}, most likely because memory ran out. Close other programs or choose a smaller model.',
      name,
    );
  }
  if (signal === 'SIGABRT' || signal === 'SIGFPE' || has(aborted)) {
    return activity === 'transcribing'
      ? localized(
          'The runtime gave up while transcribing: the contents of {0} don’t fit together. Verify the model or choose another one.',
          name,
        )
      : localized(
          '{0} can’t be loaded: its contents don’t fit together. Verify the model or choose another one.',
          name,
        );
  }
  if (signal === 'SIGILL' || has(illegal)) {
    return localized(
      'The runtime needs a processor instruction that this computer lacks, so {0} can’t be loaded here. Choose a model of another format.',
      name,
    );
  }
  if (signal === 'SIGSEGV' || signal === 'SIGBUS' || has(crashed)) {
    return localized('The runtime crashed with {0}. Verify the model, then load it again.', name);
  }
  if (exitCode === sherpaExit) {
    return localized(
      'The runtime refuses {0}: it is not a model of the kind it claims to be. Verify the model or choose another one.',
      name,
    );
  }
  return localized(
    'The runtime of {0} ended unexpectedly ({1}). Load the model again; the log has the details.',
    name,
    signal ?? String(exitCode),
  );
}

function endText({ exitCode, signal, lastOutput }: RuntimeEnd): string {
  return `${signal ?? `exit code ${String(exitCode)}`} ${lastOutput.trim().slice(-500)}`.trim();
}
