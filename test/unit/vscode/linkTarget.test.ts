import assert from 'node:assert/strict';
import { AsrError } from '../../../src/common/asrError';
import { linkTarget } from '../../../src/vscode/links/linkTarget';

/** A link as the editor hands it over: percent-decoded once. */
function target(text: string): string {
  const url = new URL(text);
  return linkTarget({
    path: url.pathname,
    query: decodeURIComponent(url.search.slice(1)),
    fragment: decodeURIComponent(url.hash.slice(1)),
  });
}

const base = 'vscode://asr-tools.asr-model-manager';

describe('a link to the extension', () => {
  it('names one model', () => {
    const table: readonly (readonly [string, string])[] = [
      ['/download?model=whisper-tiny', 'whisper-tiny'],
      ['/download?model=whisper-tiny.en-q5_1', 'whisper-tiny.en-q5_1'],
      ['/download/?model=whisper-tiny', 'whisper-tiny'],
      ['/download?model=hf:org/name', 'hf:org/name'],
      ['/download?model=hf%3Aorg%2Fname', 'hf:org/name'],
      ['/download?model=hf%3Aorg%2Fname%40v1%23a.bin', 'hf:org/name@v1#a.bin'],
      ['/download?model=hf:org/name#a.bin,b.txt', 'hf:org/name#a.bin,b.txt'],
      // A comma within a pattern is encoded in the id itself, so twice in a link.
      ['/download?model=hf%3Aorg%2Fname%23a%252Cb', 'hf:org/name#a%2Cb'],
      ['/download?utm_source=x&model=whisper-tiny&endpoint=https://evil.example', 'whisper-tiny'],
    ];
    for (const [link, id] of table) assert.equal(target(base + link), id, link);
  });

  it('can ask for nothing else, and says so', () => {
    const bad = [
      '',
      '/',
      '/download',
      '/download?model=',
      '/download?model=a&model=b',
      '/downloads?model=a',
      '/delete?model=a',
      '/download/all?model=a',
      '/download?model=local:mine',
      '/download?model=https://host/x',
      '/download?model=../../etc/passwd',
      '/download?model=C:\\x',
      '/download?model=hf:org/name@%E2%80%AEgnp',
      '/download?model=hf:org/na%00me',
      '/download?model=hf:org/a b',
      `/download?model=hf:${'a'.repeat(600)}`,
      '/command:asr.clearCache?model=a',
    ];
    for (const link of bad) {
      assert.throws(
        () => target(base + link),
        (error) =>
          error instanceof AsrError &&
          error.code === 'unsupported' &&
          error.message.includes('This link can’t be followed'),
        link,
      );
    }
  });
});
