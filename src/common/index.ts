/**
 * common: what every module needs, without an editor, a network or state of its own. It may import only protocol/
 * (for the closed list of error codes). Modules import its files directly.
 *
 *   errors      asrError       AsrError: a code of the closed list, a message, the cause, plain details; cancellation
 *               fileErrors     a failure of the file system as an AsrError; free space of a folder
 *   messages    localizedMessage  English template and arguments; vscode/ translates it
 *               byteText, logger
 *   data        digest, json (guards for data from outside), modelFile (what a file is by its first bytes)
 *   time        clock (replaced by tests), deferred, abortable
 *   objects     event, disposable (the shapes of VS Code, without VS Code)
 *   system      atomicFile (a small file written as a whole), fileInUse (waits for what another program has open),
 *               paths (compared as the disk does), folderWatch, process (does it run), sharedStatePath
 *
 * A rule that two modules need and that neither can import from the other belongs here.
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
