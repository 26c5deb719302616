import { closeSync, openSync, readSync } from 'node:fs';
import { parseEvent, type TestEvent } from './testEvents';

const msBetweenLooks = 200;

/** Hears the events that another process appends to a file, until `stop`, which looks a last time. */
export function followEvents(
  file: string,
  transcribePiece: (event: TestEvent) => void,
): { readonly stop: () => void } {
  let position = 0;
  let rest = Buffer.alloc(0);
  const look = (): void => {
    const more = readFrom(file, position);
    position += more.length;
    const bytes = Buffer.concat([rest, more]);
    // A line that is still being written waits for its end.
    const end = bytes.lastIndexOf('\n') + 1;
    rest = bytes.subarray(end);
    for (const line of bytes.toString('utf8', 0, end).split('\n'))
      if (line !== '') transcribePiece(parseEvent(line));
  };
  const timer = setInterval(look, msBetweenLooks);
  return {
    stop: () => {
      clearInterval(timer);
      look();
    },
  };
}

/** Nothing while there is no such file. */
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
