import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { compareVersions, isElf } from '../../../scripts/package/binaries/elf';
import { isMachO, machONeeds } from '../../../scripts/package/binaries/machO';
import { isPe } from '../../../scripts/package/binaries/pe';
import { packageTargets, targetFor, targetName } from '../../../scripts/package/platforms';
import { systemNeeds } from '../../../scripts/package/systemNeeds';
import { isObject, parseJson } from '../../../src/common/json';
import { packagedPlatforms } from '../../../src/runtime/engineAvailability';

const root = path.resolve(__dirname, '../../..');
const stated = parseJson(readFileSync(path.join(root, 'scripts/package/needs.json'), 'utf8'));

describe('the packages’ needs of a system', () => {
  it('is stated for each VSIX; the universal one needs nothing', () => {
    assert.ok(isObject(stated));
    assert.deepEqual(Object.keys(stated).sort(), packageTargets.map(targetName).sort());
    assert.deepEqual(stated['universal'], {});
  });

  it('knows in the product which platforms have a package of their own', () => {
    const targets = packageTargets.flatMap(({ target }) => target ?? []);
    assert.deepEqual([...packagedPlatforms].sort(), targets.sort());
  });

  it('is, on this machine, what its programs say', async () => {
    assert.ok(isObject(stated));
    const said = stated[targetName(targetFor(process.platform, process.arch))];
    assert.ok(isObject(said));
    const here = await systemNeeds(root, Object.keys(said));
    for (const [name, needs] of Object.entries(said)) assert.deepEqual(here[name], needs, name);
  });

  it('no macOS package has a program without a valid signature', () => {
    assert.ok(isObject(stated));
    for (const target of ['darwin-x64', 'darwin-arm64']) {
      const packages = stated[target];
      assert.ok(isObject(packages));
      for (const [name, needs] of Object.entries(packages)) {
        assert.ok(isObject(needs));
        // An Intel processor loads what is not signed, an Apple one nothing.
        if (target === 'darwin-arm64')
          assert.match(String(needs['signature']), /^(adhoc|named)/, name);
        assert.doesNotMatch(String(needs['signature']), /broken/, name);
      }
    }
  });

  it('orders versions by their numbers', () => {
    assert.ok(compareVersions('2.9', '2.34') < 0);
    assert.ok(compareVersions('3.4.30', '3.4.9') > 0);
    assert.equal(compareVersions('15', '15.0'), 0);
  });

  it('takes a file that only begins like a program for none', () => {
    for (const start of ['MZ', '\x7fELF', '\xca\xfe\xba\xbe']) {
      const file = Buffer.from(start.padEnd(40, '\xff'), 'latin1');
      assert.deepEqual([isElf(file), isMachO(file), isPe(file)], [false, false, false], start);
    }
  });

  it('a signature counts while each page is what was signed', () => {
    const file = signedMachO();
    assert.deepEqual(machONeeds(file), [
      { kind: 'machO', cpu: 'arm64', macOs: '14.2', signature: 'adhoc' },
    ]);
    file.writeUInt8(1, 200);
    assert.equal(machONeeds(file)[0]?.signature, 'broken');
  });
});

/** A Mach-O file for Apple's processors with a version, one page of nothing, and an ad-hoc signature. */
function signedMachO(): Buffer {
  const limit = 4096;
  const directoryBytes = 44 + 32;
  const file = Buffer.alloc(limit + 20 + directoryBytes);
  file.writeUInt32LE(0xfeedfacf, 0);
  file.writeUInt32LE(0x0100000c, 4);
  file.writeUInt32LE(2, 16);
  [0x32, 24, 1, (14 << 16) | (2 << 8), 0, 0].forEach((value, at) =>
    file.writeUInt32LE(value, 32 + at * 4),
  );
  [0x1d, 16, limit, 20 + directoryBytes].forEach((value, at) =>
    file.writeUInt32LE(value, 56 + at * 4),
  );
  const blob = file.subarray(limit);
  [0xfade0cc0, blob.length, 1, 0, 20].forEach((value, at) => blob.writeUInt32BE(value, at * 4));
  const directory = blob.subarray(20);
  [0xfade0c02, directoryBytes, 0x20400, 2, 44, 0, 0, 1, limit].forEach((value, at) =>
    directory.writeUInt32BE(value, at * 4),
  );
  [32, 2, 0, 12].forEach((value, at) => directory.writeUInt8(value, 36 + at));
  createHash('sha256').update(file.subarray(0, limit)).digest().copy(directory, 44);
  return file;
}
