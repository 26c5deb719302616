import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** For each promise of SECURITY.md, by its first words: the tests that hold it, by file and title. */
const held: Readonly<Record<string, readonly (readonly [file: string, title: string])[]>> = {
  'Nothing is offered as usable before its bytes were hashed': [
    [
      'unit/cache/publish.test.ts',
      'hashes a blob that another program put there, and believes only',
    ],
    ['unit/cache/adopt.test.ts', 'does not believe a name: wrong bytes under the right digest'],
    ['unit/models/networkRefusals.test.ts', 'that have other bytes are of no use: digests decide'],
  ],
  'Paths from the network are hostile.': [
    [
      'unit/cache/safePath.test.ts',
      'never takes a path that leaves its folder, by either system’s',
    ],
    ['unit/cache/safePath.test.ts', 'a hostile answer of a hub'],
  ],
  'What is not ours stays.': [
    ['unit/cache/safePath.test.ts', 'links planted in the cache'],
    ['unit/cache/removal.test.ts', 'keeps a person’s own file in a snapshot'],
    ['unit/cache/inTheWay.test.ts', 'it is not changed through the link, which is reported'],
    ['unit/cache/shared.test.ts', 'is never written through'],
  ],
  'A bundle of models': [['unit/cache/bundle.test.ts', 'a bundle of models']],
  'The token': [
    ['unit/http/rules.test.ts', 'lets a token go to its own origin only, and never in the clear'],
    ['unit/hub/hubClient.test.ts', 'writes the Hub’s id of the request into the log, and never a'],
    ['unit/download/engine.test.ts', 'never logs a token or a signed query'],
    ['unit/models/networkRefusals.test.ts', 'a token that the hub refuses'],
    [
      'unit/models/networkRefusals.test.ts',
      'give list and bytes, without a token, when the hub can’t',
    ],
  ],
  'A workspace can’t redirect anything.': [
    ['unit/vscode/manifest.test.ts', 'lets no workspace set anything'],
    [
      'e2e/editorRestricted.test.ts',
      'redirects neither a download nor the cache, in Restricted Mode',
    ],
  ],
  Redirects: [
    ['unit/http/rules.test.ts', 'the redirect rule'],
    ['unit/hub/hubClient.test.ts', 'stops after a few redirects'],
    [
      'unit/download/faults/refusals.test.ts',
      'a redirect that gives up the encryption: ends in "tls"',
    ],
  ],
  'The panel’s page': [
    ['unit/vscode/panel/panelDocument.test.ts', 'allows nothing but our scripts and our style, by'],
    ['unit/vscode/panel/panelRouter.test.ts', 'does nothing for rubbish but write a line that'],
    ['e2e/panel.test.ts', 'notices a violation of its policy'],
  ],
  'The server for other programs': [
    ['unit/server/attacks.test.ts', 'listens on the loopback alone'],
    [
      'unit/server/attacks.test.ts',
      'a WebSocket without a token, with a wrong one, of another origin',
    ],
    ['unit/server/modelRoutes.test.ts', 'is for this user alone, and goes with the server'],
  ],
  'Models that can run code': [
    [
      'unit/catalog/builtInCatalog.test.ts',
      'marks what can run code, and knows a safe copy of each',
    ],
    ['e2e/catalog.test.ts', 'offers the safe copy first when a file that can run code is chosen'],
  ],
  'No telemetry.': [['unit/lint/securityPromises.test.ts', 'contacts no server but the Hub']],
};

const straight = (text: string): string => text.replaceAll("'", '’');

function sources(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => path.join(folder, name));
}

describe('SECURITY.md', () => {
  const promises = [...readFileSync('SECURITY.md', 'utf8').matchAll(/^- \*\*([^*]+)\*\*/gm)].map(
    ([, words = '']) => straight(words).replaceAll(/\s+/g, ' '),
  );

  it('promises what the tests hold, and nothing else', () => {
    assert.deepEqual(promises, Object.keys(held).map(straight));
    for (const [file, title] of Object.values(held).flat()) {
      const text = straight(readFileSync(path.join('test', file), 'utf8'));
      assert.ok(text.includes(straight(title)), `${file} has no test “${title}”`);
    }
  });

  it('contacts no server but the Hub, and reports nothing to any server', () => {
    const files = [...sources('src'), ...sources('webview-ui')];
    const told = files.filter((file) =>
      /createTelemetryLogger|TelemetryReporter|extension-telemetry/.test(
        readFileSync(file, 'utf8'),
      ),
    );
    assert.deepEqual(told, []);
    const hosts = files.flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/['`]https:\/\/([\w.-]+\.[a-z]+)[/'`]/g)].map(
        ([, host = '']) => host,
      ),
    );
    // The second is a page that the editor opens in a browser when a person asks for a licence.
    assert.deepEqual([...new Set(hosts)].sort(), ['huggingface.co', 'spdx.org']);
  });
});
