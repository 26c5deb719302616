import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import {
  belongsTo,
  packageTargets,
  targetFor,
  targetName,
} from '../../../scripts/package/platforms';
import { isObject, parseJson } from '../../../src/common/json';
import { enginePackages, ggufPackage } from '../../../src/runtime/engineAvailability';

const root = path.resolve(__dirname, '../../..');

describe('each platform’s package has its own runtimes and no other', () => {
  it('native ones where there are some, WebAssembly everywhere', () => {
    assert.equal(targetName(targetFor('darwin', 'arm64')), 'darwin-arm64');
    assert.equal(targetName(targetFor('win32', 'x64')), 'win32-x64');
    assert.equal(targetName(targetFor('win32', 'arm64')), 'universal');
    assert.equal(targetName(targetFor('freebsd', 'x64')), 'universal');
    assert.ok(belongsTo(targetFor('linux', 'x64'), 'sherpa-onnx-linux-x64'));
    assert.ok(belongsTo(targetFor('linux', 'x64'), 'sherpa-onnx'));
    assert.ok(belongsTo({}, 'sherpa-onnx'));
    assert.ok(!belongsTo({}, 'sherpa-onnx-node'));
    assert.ok(!belongsTo({}, 'koffi'));
  });

  it('the lock file has every one of them, with its digest and without a host', async () => {
    const text = await readFile(path.join(root, 'package-lock.json'), 'utf8');
    assert.ok(!text.includes('"resolved"'));
    const lock = parseJson(text);
    const packages = isObject(lock) && isObject(lock['packages']) ? lock['packages'] : {};
    const needed = packageTargets.flatMap(({ os, cpu }) =>
      os === undefined || cpu === undefined
        ? ['sherpa-onnx']
        : [
            'sherpa-onnx',
            'sherpa-onnx-node',
            'transcribe-cpp',
            `@transcribe-cpp/${ggufPackage(os, cpu)}`,
            `@koromix/koffi-${os}-${cpu}`,
            `@fugood/node-whisper-${os}-${cpu}`,
            `sherpa-onnx-${os === 'win32' ? 'win' : os}-${cpu}`,
          ],
    );
    for (const name of needed) {
      const entry = packages[`node_modules/${name}`];
      assert.ok(isObject(entry), name);
      assert.match(String(entry['integrity']), /^sha512-/, name);
    }
  });

  it('installed packages are found next to the bundle, and nowhere else', () => {
    const here = enginePackages(path.join(root, 'dist/x.js'), process.platform, process.arch);
    assert.deepEqual(here, { whisper: true, gguf: true, sherpaNative: true, sherpaWasm: true });
    const elsewhere = enginePackages('/nowhere/dist/x.js', process.platform, process.arch);
    assert.deepEqual(elsewhere, {
      whisper: false,
      gguf: false,
      sherpaNative: false,
      sherpaWasm: false,
    });
  });
});
