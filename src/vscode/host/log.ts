import type * as vscode from 'vscode';
import type { Logger } from '../../common/logger';
import { redact } from '../../common/redact';

/** The one log channel as the core's {@link Logger}; everything passes through {@link redact}. */
export function channelLogger(channel: vscode.LogOutputChannel): Logger {
  return {
    debug: (line) => channel.debug(redact(line)),
    info: (line) => channel.info(redact(line)),
    warn: (line) => channel.warn(redact(line)),
    error: (line) => channel.error(redact(line)),
  };
}
