import assert from 'node:assert/strict';
import { judgeAnswer } from '../../../src/download/sources/answer';
import { SourceError } from '../../../src/download/sources/errors';

const sizeBytes = 5000;
/** The range that was asked for. */
const range = { start: 1000, end: 2000 };

function part(contentRange: string | undefined, length?: number): ReturnType<typeof judgeAnswer> {
  const headers = {
    'content-range': contentRange,
    'content-length': length === undefined ? undefined : String(length),
  };
  return judgeAnswer({ status: 206, headers }, range, sizeBytes, 'hub.example');
}

describe('an answer with a part of a file', () => {
  const usable: readonly [contentRange: string, length: number | undefined, end: number][] = [
    ['bytes 1000-1999/5000', 1000, 2000],
    ['bytes 1000-1999/*', 1000, 2000],
    ['bytes 1000-1999/5000', undefined, 2000],
    ['bytes 1000-1000/5000', 1, 1001],
    ['bytes 1000-1499/*', 500, 1500],
    ['bytes 1000-4999/5000', 4000, 5000],
    ['Bytes 1000-1999/5000', 1000, 2000],
    ['bytes=1000-1999/5000', 1000, 2000],
    ['bytes 1000 - 1999 / 5000', 1000, 2000],
    ['  bytes 1000-1999/5000  ', 1000, 2000],
  ];
  for (const [contentRange, length, end] of usable) {
    it(`is placed by ${contentRange}`, () => {
      assert.deepEqual(part(contentRange, length), { kind: 'part', end });
    });
  }

  const unusable: readonly [contentRange: string | undefined, length?: number][] = [
    [undefined],
    [''],
    ['bytes */5000'],
    ['bytes 999-1999/5000'],
    ['bytes 1001-1999/5000'],
    ['bytes 0-999/5000'],
    ['bytes 1000-999/5000'],
    ['bytes 1000-5000/5000'],
    ['bytes 1000-5000/*'],
    ['bytes 1000-/5000'],
    ['items 1000-1999/5000'],
    ['bytes 1000-1999'],
    ['bytes 1000-1999/5000', 999],
    ['bytes 1000-1999/5000', 1001],
    ['bytes 1000-1999/5000, bytes 3000-3999/5000'],
    [`bytes 1000-${'9'.repeat(16)}/5000`],
  ];
  for (const [contentRange, length] of unusable) {
    it(`that can’t be placed (${contentRange ?? 'nothing'}, ${String(length)}) counts as a refusal of parts`, () => {
      assert.throws(
        () => part(contentRange, length),
        (error: unknown) => error instanceof SourceError && error.action === 'noRanges',
      );
    });
  }

  it('of a file of another size is refused', () => {
    assert.throws(
      () => part('bytes 1000-1999/6000', 1000),
      (error: unknown) => error instanceof SourceError && error.error.code === 'integrity',
    );
  });
});
