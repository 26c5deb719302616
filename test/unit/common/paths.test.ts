import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isInside, isSameFolder, isSamePath } from '../../../src/common/paths';

describe('paths, compared as the disk compares them', () => {
  const inside: readonly [NodeJS.Platform, string, string, boolean][] = [
    ['win32', 'C:\\m\\hub', 'c:\\M', true],
    ['win32', 'C:\\m', 'C:\\', true],
    ['win32', 'c:\\', 'C:\\', true],
    ['win32', 'D:\\m', 'C:\\', false],
    ['win32', 'C:\\models2', 'C:\\models', false],
    ['win32', 'C:/m/a', 'C:\\m', true],
    ['win32', '\\\\Server\\Share\\m', '\\\\server\\share', true],
    ['win32', `C:\\${'long\\'.repeat(80)}file`, 'c:\\LONG', true],
    ['darwin', '/Users/Me/m', '/users/me', true],
    ['darwin', '/Users/M\u00fcller/m', '/Users/Mu\u0308ller', true],
    ['linux', '/Users/Me/m', '/users/me', false],
    ['linux', '/m', '/', true],
    ['linux', '/', '/m', false],
    ['linux', '/m/..m/x', '/m', true],
    ['linux', '/models2', '/models', false],
  ];
  for (const [platform, inner, outer, expected] of inside) {
    it(`${inner.slice(0, 30)} is ${expected ? '' : 'not '}in ${outer} on ${platform}`, () =>
      assert.equal(isInside(inner, outer, platform), expected));
  }

  it('are the same in both directions or not at all', () => {
    assert.equal(isSamePath('C:\\m\\', 'c:\\M', 'win32'), true);
    assert.equal(isSamePath('C:\\m', 'C:\\m\\a', 'win32'), false);
    assert.equal(isSamePath('C:\\m\\a', 'C:\\m', 'win32'), false);
  });

  it('are the same when they lead to one folder', async () => {
    const root = await mkdtemp(path.join(tmpdir(), 'asr-paths-'));
    try {
      const [real, link] = [path.join(root, 'real'), path.join(root, 'link')];
      await mkdir(real);
      await symlink(real, link, 'junction');
      assert.equal(await isSameFolder(real, link), true);
      assert.equal(await isSameFolder(real, root), false);
      assert.equal(await isSameFolder(path.join(root, 'a'), path.join(root, 'b')), false);
    } finally {
      await rm(root, { recursive: true });
    }
  });
});
