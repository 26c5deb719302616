import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { whisperGgml } from '../../hub/models';
import { CliBench } from './support/cliBench';

const run = promisify(execFile);

/** The code blocks of a language in docs/api.md, in their order. */
async function blocks(language: string): Promise<readonly string[]> {
  const text = await readFile('docs/api.md', 'utf8');
  const found = text.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 'gs'));
  return [...found].map(([, block = '']) => block);
}

describe('the examples of docs/api.md', function () {
  this.timeout(480_000);

  it('for extensions are those of the example extension, which the integration tests run', async () => {
    const source = await readFile('test/exampleExtension/extension.ts', 'utf8');
    const examples = await blocks('ts');
    assert.ok(examples.length >= 4);
    for (const example of examples) assert.ok(source.includes(example), example);
  });

  it('for the command line work, one after the other, in a shell', async function () {
    if (process.platform === 'win32') {
      // They are written for a POSIX shell; the commands themselves are tested in commands.test.ts.
      this.skip();
    }
    const bench = await CliBench.start({
      repos: [
        {
          name: 'ggerganov/whisper.cpp',
          files: { 'ggml-tiny.en.bin': whisperGgml() },
          licence: 'mit',
        },
      ],
    });
    try {
      const bin = path.join(bench.home, 'bin');
      await mkdir(bin);
      const program = `#!/bin/sh\nexec "${process.execPath}" "${path.join(bench.dist, 'cli.js')}" "$@"\n`;
      await writeFile(path.join(bin, 'asr-models'), program, { mode: 0o755 });
      await mkdir(path.join(bench.home, 'recordings'));
      for (const name of ['talk.wav', 'recordings/one.wav', 'recordings/two.wav']) {
        await copyFile(path.join('media', 'clip.wav'), path.join(bench.home, name));
      }
      const examples = await blocks('sh');
      assert.ok(examples.length >= 7);
      for (const example of examples) {
        await run('bash', ['-euo', 'pipefail', '-c', example], {
          cwd: bench.home,
          env: { ...bench.env, PATH: `${bin}:${process.env['PATH'] ?? ''}` },
        });
      }
      const subtitles = path.join(bench.home, 'subtitles', 'two.vtt');
      assert.match(await readFile(subtitles, 'utf8'), /^WEBVTT\n[^]*hello model/);
    } finally {
      await bench.close();
    }
  });
});
