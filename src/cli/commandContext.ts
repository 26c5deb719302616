import path from 'node:path';
import { toAsrError } from '../common/asrError';
import type { Environment } from '../common/hubEnvironment';
import type { Logger } from '../common/logger';
import { redact } from '../common/redact';
import type { ModelManager } from '../models';
import type { OptionValues } from './commandLine';
import type { Output } from './output';
import { errorLines, inWordsOfHere } from './wording';

/** 0 done, 1 failed, 2 wrong use, 130 interrupted. */
export type ExitCode = 0 | 1 | 2 | 130;

/** The context of a command. */
export interface CommandContext {
  readonly args: readonly string[];
  readonly options: OptionValues;
  readonly output: Output;
  /** Aborted when the person interrupts. */
  readonly signal: AbortSignal;
  readonly cwd: string;
  /** The part of the process that `serve` uses. */
  readonly surroundings: {
    readonly env: Environment;
    readonly home: string;
    readonly version: string;
  };
  readonly logger: Logger;
  /** Opens the core over the cache; the same one at each call. `endpoint`: a hub in the place of the options' one. */
  readonly core: (endpoint?: string) => Promise<ModelManager>;
}

/** One command's work. Rejects with what went wrong. */
export type CommandWork = (context: CommandContext) => Promise<ExitCode>;

/** A path as the person means it. */
export function pathOf({ cwd }: CommandContext, text: string): string {
  return path.resolve(cwd, text);
}

/** Says what went wrong, about what, and what to do next. */
export function reportError(output: Output, error: unknown, about?: string): void {
  const failure = toAsrError(error);
  const [sentence = '', ...more] = errorLines(failure).map(redact);
  output.data({
    type: 'error',
    code: failure.code,
    message: redact(inWordsOfHere(failure.localizedMessage)),
    ...(about === undefined ? {} : { about }),
  });
  output.error(`asr-models: ${about === undefined ? '' : `${about}: `}${sentence}`);
  for (const line of more) output.error(`  ${line}`);
}
