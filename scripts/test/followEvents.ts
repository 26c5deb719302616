import { closeSync, openSync, readSync } from 'node:fs';
import { parseEvent, type TestEvent } from './testEvents';

const pollMs = 200;

/** Reads the events that another process appends to a file, until `stop`, which reads a last time. */
export function followEvents(
  file: string,
  onEvent: (event: TestEvent) => void,
): { readonly stop: () => void } {
  let position = 0;
  let rest = Buffer.alloc(0);
  const poll = (): void => {
    const more = readFrom(file, position);
    position += more.length;
    const bytes = Buffer.concat([rest, more]);
    // An incomplete line waits for its end.
    const end = bytes.lastIndexOf('\n') + 1;
    rest = bytes.subarray(end);
    for (const line of bytes.toString('utf8', 0, end).split('\n'))
      if (line !== '') onEvent(parseEvent(line));
  };
  const timer = setInterval(poll, pollMs);
  return {
    stop: () => {
      clearInterval(timer);
      poll();
    },
  };
}

/** Empty while there is no such file. */
function readFrom(file: string, position: number): Buffer {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch {
    return Buffer.alloc(0);
  }
  try {
    const chunks: Buffer[] = [];
    for (let at = position; ;) {
      const chunk = Buffer.alloc(64 * 1024);
      const length = readSync(descriptor, chunk, 0, chunk.length, at);
      if (length === 0) return Buffer.concat(chunks);
      chunks.push(chunk.subarray(0, length));
      at += length;
    }
  } finally {
    closeSync(descriptor);
  }
}
