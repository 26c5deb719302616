import assert from 'node:assert/strict';
import { withoutUserNames } from '../../../src/common/userNames';

describe('the text that is copied for a report', () => {
  const cases: readonly (readonly [text: string, expected: string])[] = [
    ['at /home/anna/models/x.bin', 'at ~/models/x.bin'],
    ['at /var/home/anna/models', 'at ~/models'],
    ['at /Users/anna.meier/Library', 'at ~/Library'],
    ['/mnt/c/Users/anna/m', '~/m'],
    [
      String.raw`No permission to change C:\Users\Anna Müller\m\x.bin.`,
      String.raw`No permission to change ~\m\x.bin.`,
    ],
    [String.raw`c:\users\anna\m`, String.raw`~\m`],
    [String.raw`C:\Users\ANNAMU~1\AppData`, String.raw`~\AppData`],
    [String.raw`{"path":"C:\\Users\\anna\\m"}`, String.raw`{"path":"~\\m"}`],
    [String.raw`{"path":"c:\\Users\\Anna M\\m"}`, String.raw`{"path":"~\\m"}`],
    ['C:/Users/anna/m', '~/m'],
    ['file:///c%3A/Users/anna/m', 'file:///~/m'],
    ['file:///c%3A%5CUsers%5Canna%5Cm', 'file:///~%5Cm'],
    [String.raw`\\server\Users\anna\m`, String.raw`\\server~\m`],
    [String.raw`C:\Documents and Settings\Anna M\m`, String.raw`~\m`],
    ['in /home/anna, and /home/ben.', 'in ~, and ~'],
    [String.raw`in C:\Users\anna is no space. Free some.`, 'in ~ is no space. Free some.'],
    ['/srv/people/me/m', '~/m'],
    ['https://host.example/users-guide', 'https://host.example/users-guide'],
    ['models--org--home/blobs', 'models--org--home/blobs'],
  ];
  for (const [text, expected] of cases) {
    it(`has no user's name: ${expected}`, () =>
      assert.equal(withoutUserNames(text, '/srv/people/me'), expected));
  }

  it('keeps its separators where the home is the root of the disk', () => {
    assert.equal(withoutUserNames('/a/b', '/'), '/a/b');
    assert.equal(withoutUserNames(String.raw`C:\a`, 'C:\\'), String.raw`C:\a`);
  });

  it('knows its own home in JSON', () => {
    const home = String.raw`D:\people\Anna`;
    assert.equal(withoutUserNames(JSON.stringify({ home }), home), '{"home":"~"}');
  });
});
