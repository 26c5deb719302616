import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { installServer } from '../../../scripts/vscode/serverInstall';
import type { ServerVersion } from '../../../scripts/vscode/serverVersions';

const version: ServerVersion = {
  codeServer: '9.9.9',
  vscode: '1.999.0',
  node: '24',
  nativeModules: ['spd'],
};

describe('getting the VS Code server', function () {
  // It starts processes that give way to others, and a busy machine has many of those.
  this.timeout(120_000);
  let folder: string;
  let calls: string;
  let npm: string;
  const ignore = (): void => undefined;
  const target = (): string => path.join(folder, 'servers');

  /** An npm that notes its arguments, makes the server's folder, and fails when one of its arguments is `failsAt`. */
  async function writeNpm(failsAt: string): Promise<void> {
    const lines = [
      '#!/bin/sh',
      `echo "$@" >> "${calls}"`,
      'mkdir -p node_modules/code-server/lib/vscode',
      `for a in "$@"; do if [ "$a" = "${failsAt}" ]; then echo "no such package"; exit 1; fi; done`,
    ];
    await writeFile(npm, lines.join('\n'));
    await chmod(npm, 0o755);
  }

  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'asr-server-install-'));
    calls = path.join(folder, 'calls');
    npm = path.join(folder, 'npm');
    await writeNpm('nothing');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('fetches it once, and finds it at the next call', async () => {
    const first = await installServer(version, target(), ignore, npm);
    const asked = await readFile(calls, 'utf8');
    assert.match(asked, /code-server@9\.9\.9/);
    assert.match(asked, /rebuild .*spd/);
    assert.deepEqual(await installServer(version, target(), ignore, npm), first);
    assert.equal(await readFile(calls, 'utf8'), asked, 'npm was called again');
    assert.deepEqual(await readdir(target()), ['server-9.9.9']);
  });

  it('leaves nothing behind when a step fails, says what npm said, and works the next time', async () => {
    await writeNpm('code-server@9.9.9');
    await assert.rejects(installServer(version, target(), ignore, npm), /no such package/);
    assert.deepEqual(await readdir(target()), []);
    await writeNpm('nothing');
    await installServer(version, target(), ignore, npm);
    assert.deepEqual(await readdir(target()), ['server-9.9.9']);
  });

  it('makes it again when it was made by another recipe or not to its end', async () => {
    await mkdir(path.join(target(), 'server-9.9.9', 'half'), { recursive: true });
    await installServer(version, target(), ignore, npm);
    assert.equal((await readdir(path.join(target(), 'server-9.9.9'))).includes('half'), false);
    await rm(calls);
    await installServer({ ...version, nativeModules: ['other'] }, target(), ignore, npm);
    assert.match(await readFile(calls, 'utf8'), /rebuild .*other/);
  });

  it('serves two runs at once', async () => {
    const both = [1, 2].map(() => installServer(version, target(), ignore, npm));
    const [one, other] = await Promise.all(both);
    assert.deepEqual(one, other);
    assert.deepEqual(await readdir(target()), ['server-9.9.9']);
  });

  it('clears away what a killed run left, and nothing of a run that lives', async () => {
    // Process ids end well below this number on every system.
    await mkdir(path.join(target(), 'tmp-99999999-abc'), { recursive: true });
    await mkdir(path.join(target(), `tmp-${process.pid}-abc`));
    await installServer(version, target(), ignore, npm);
    assert.deepEqual((await readdir(target())).sort(), ['server-9.9.9', `tmp-${process.pid}-abc`]);
  });
});
