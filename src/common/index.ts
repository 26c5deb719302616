/**
 * common: the vocabulary every module speaks: errors, digests, events, disposables, the clock and the log port.
 * Pure language-level building blocks: no file system, no network, no `vscode`, no state of its own. It may
 * import only `protocol/` (for the closed list of error codes). Modules import its files directly.
 */
export * from './asrError';
export * from './byteText';
export * from './clock';
export * from './deferred';
export * from './digest';
export * from './disposable';
export * from './event';
export * from './json';
export * from './logger';
export * from './localizedMessage';
