import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { isRefusal } from '../common/fileInUse';

/** Opening a pipe waits for its other end; this way it answers at once. Windows has neither. */
const withoutWaiting = constants.O_RDONLY | constants.O_NONBLOCK;
/** The list of a repository with a hundred thousand files is a fraction of this. */
const maxBytes = 64 << 20;

/**
 * The text of a small file, links followed. Undefined when it is not there, can't be read, is larger than 64 MiB, or is
 * no file: a folder, a device, or a pipe, which would be waited for without end.
 */
export function readRegularFile(file: string): string | undefined {
  try {
    return regularText(file);
  } catch {
    return undefined;
  }
}

/**
 * The same, but throws the system's refusal where it says that the file may not be read now: another program holds it,
 * or its permissions forbid it. A caller that acts on the absence of an entry has to know that the file was not read.
 */
export function regularText(file: string): string | undefined {
  try {
    const descriptor = openSync(file, withoutWaiting);
    try {
      const stats = fstatSync(descriptor);
      return stats.isFile() && stats.size <= maxBytes
        ? readFileSync(descriptor, 'utf8')
        : undefined;
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    if (isRefusal(error)) throw error;
    return undefined;
  }
}
