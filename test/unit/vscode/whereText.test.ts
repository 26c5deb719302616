import assert from 'node:assert/strict';
import { whereText } from '../../../src/vscode/picker/pickerItems';
import type { Translate } from '../../../src/protocol/progressText';

const t: Translate = Object.assign(
  (message: string, ...args: (string | number)[]): string =>
    message.replace(/\{(\d)\}/g, (_, index: string) => String(args[Number(index)])),
  { language: 'en' },
);
const freeBytes = 80_000_000_000;

describe('where a download would go', () => {
  it('is the folder and what fits there', () => {
    const place = { cachePath: '/models/hub', freeBytes, host: undefined };
    assert.equal(whereText(place, t), '80 GB free in /models/hub');
  });

  it('names the machine when it is not the person’s own', () => {
    const place = { cachePath: '/models/hub', freeBytes, host: 'build-server' };
    assert.equal(whereText(place, t), '80 GB free in /models/hub on build-server');
  });

  it('writes the figure in the person’s language', () => {
    const place = { cachePath: '/m', freeBytes: 1_600_000_000, host: undefined };
    const german = Object.assign((...args: Parameters<typeof t>) => t(...args), { language: 'de' });
    assert.match(whereText(place, german) ?? '', /^1,6.GB free/);
  });

  it('is the end of a long path, by whole folders, of Windows as well', () => {
    const deep = ['home', 'somebody-with-a-name', '.config', 'Code', 'globalStorage', 'hub'];
    for (const separator of ['/', '\\']) {
      const cachePath = separator + deep.join(separator);
      const text = whereText({ cachePath, freeBytes, host: undefined }, t) ?? '';
      assert.equal(text, '80 GB free in …/.config/Code/globalStorage/hub');
    }
  });

  it('is not said when the free space is unknown', () => {
    const place = { cachePath: '/m', freeBytes: undefined, host: 'build-server' };
    assert.equal(whereText(place, t), undefined);
  });
});
