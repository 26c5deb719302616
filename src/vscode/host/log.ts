import type * as vscode from 'vscode';
import type { Logger } from '../../common/logger';

/** What may never reach a log: signed queries, bearer tokens, credentials inside an address. */
export function redact(line: string): string {
  return line
    .replace(/\bhf_[A-Za-z0-9]{4,}/g, 'hf_…')
    .replace(/(authorization:?\s*(?:bearer|basic)?\s*)[^\s,;"']+/gi, '$1…')
    .replace(/(bearer\s+)[^\s,;"']+/gi, '$1…')
    .replace(/(\bhttps?:\/\/)[^\s/@]+@/gi, '$1…@')
    .replace(/(\bhttps?:\/\/[^\s?#"']+)\?[^\s"']*/gi, '$1?…');
}

/** The one log channel as the core's {@link Logger}; everything passes through {@link redact}. */
export function channelLogger(channel: vscode.LogOutputChannel): Logger {
  return {
    debug: (line) => channel.debug(redact(line)),
    info: (line) => channel.info(redact(line)),
    warn: (line) => channel.warn(redact(line)),
    error: (line) => channel.error(redact(line)),
  };
}
