import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { isObject, parseJson, type JsonObject } from '../../../src/common/json';
import { recordingExtensions } from '../../../src/common/recordingNames';

const read = (file: string): string => readFileSync(file, 'utf8');

function objectIn(file: string): JsonObject {
  const value = parseJson(read(file));
  assert.ok(isObject(value), `${file} is not a JSON object`);
  return value;
}

/** Every string below a value. */
function strings(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(strings);
  return isObject(value) ? Object.values(value).flatMap(strings) : [];
}

/** The objects of a list in the manifest. */
function rowsOf(value: unknown): readonly JsonObject[] {
  assert.ok(Array.isArray(value));
  return value.filter(isObject);
}

describe('the manifest', () => {
  const manifest = objectIn('package.json');
  const contributes = manifest['contributes'];
  assert.ok(isObject(contributes));
  const commands = contributes['commands'];
  assert.ok(Array.isArray(commands));
  const declared = commands.flatMap((entry: unknown) =>
    isObject(entry) ? [String(entry['command'])] : [],
  );
  // The table itself needs the editor to be loaded; its keys are read from the source.
  const implemented = [
    ...read('src/vscode/commands/commands.ts').matchAll(/^ {2}'(asr\.\w+)':/gm),
  ].flatMap(([, id]) => id ?? []);

  it('declares every command of the table, and the table has every declared one', () => {
    assert.ok(implemented.length > 5);
    assert.deepEqual([...declared].sort(), [...implemented].sort());
  });

  it('names only commands that exist', () => {
    const menus = contributes['menus'];
    assert.ok(isObject(menus));
    const named = Object.values(menus)
      .flat()
      .flatMap((entry) => (isObject(entry) ? [String(entry['command'])] : []));
    assert.ok(named.length > 5);
    for (const id of named) assert.ok(declared.includes(id), id);
  });

  it('has a text for every key, and no text without a key', () => {
    const keys = strings(manifest).flatMap((text) => /^%(.+)%$/.exec(text)?.[1] ?? []);
    assert.deepEqual([...new Set(keys)].sort(), Object.keys(objectIn('package.nls.json')).sort());
  });

  it('has every setting that the source reads, and no other', () => {
    const configuration = contributes['configuration'];
    assert.ok(isObject(configuration) && isObject(configuration['properties']));
    // The file needs the editor to be loaded; its table of keys is read from the source.
    const table =
      /^const keys = \{$([^]*?)^\}/m.exec(read('src/vscode/host/settings.ts'))?.[1] ?? '';
    const keys = [...table.matchAll(/^ {2}\w+: '([\w.]+)',$/gm)].map(
      ([, key = '']) => `asr.${key}`,
    );
    assert.deepEqual(keys.sort(), Object.keys(configuration['properties']).sort());
  });

  it('lets no workspace set anything', () => {
    const configuration = contributes['configuration'];
    assert.ok(isObject(configuration) && isObject(configuration['properties']));
    for (const [key, setting] of Object.entries(configuration['properties'])) {
      assert.ok(isObject(setting));
      if (key === 'asr.model') continue;
      assert.equal(setting['scope'], 'machine', key);
    }
  });
});

describe('the manifest and the code behind it', () => {
  const text = read('package.json');
  const sources = ['contextKeys', 'treeNodes']
    .map((name) => read(`src/vscode/views/${name}.ts`))
    .join();

  it('looks only at context keys that the extension sets', () => {
    const clauses = [...text.matchAll(/"(?:when|enablement)": "([^"]+)"/g)].map(([, when]) => when);
    const keys = clauses.flatMap(
      (when) => when?.match(/\basr\.[a-z]\w*\b(?=\s*(?:$|[=!&|)]))/g) ?? [],
    );
    const ours = [...new Set(keys)].filter((key) => key !== 'asr.models');
    assert.ok(ours.includes('asr.downloading') && ours.includes('asr.noModels'), ours.join());
    for (const key of ours) {
      if (/^asr\.(download|model)\./.test(key)) continue;
      assert.ok(sources.includes(`'${key}'`), `not set: ${key}`);
    }
  });

  it('offers nothing in the palette that needs a row, or that can not be done now', () => {
    const contributes = objectIn('package.json')['contributes'];
    assert.ok(isObject(contributes) && isObject(contributes['menus']));
    const palette = contributes['menus']['commandPalette'];
    assert.ok(Array.isArray(palette));
    const when = new Map(
      palette.flatMap((entry: unknown) =>
        isObject(entry) ? [[String(entry['command']), String(entry['when'])]] : [],
      ),
    );
    const ofRows = ['copyModelPath', 'deleteModel', 'revealModel', 'copyCodeSnippet'];
    for (const id of [...ofRows, 'takeOverDownload']) {
      assert.equal(when.get(`asr.${id}`), 'false', id);
    }
    assert.match(when.get('asr.cancelDownload') ?? '', /asr\.downloading/);
    assert.match(when.get('asr.pauseDownload') ?? '', /asr\.downloading/);
    assert.match(when.get('asr.resumeDownload') ?? '', /asr\.paused/);
    assert.match(when.get('asr.unloadModel') ?? '', /asr\.modelLoaded/);
  });

  it('offers on a row what can be done with it, whatever else its context value says', () => {
    const contributes = objectIn('package.json')['contributes'];
    assert.ok(isObject(contributes) && isObject(contributes['menus']));
    const items = contributes['menus']['view/item/context'];
    assert.ok(Array.isArray(items));
    const offered = (value: string): readonly string[] =>
      items.flatMap((item: unknown) => {
        assert.ok(isObject(item));
        const pattern = /viewItem =~ \/(.+?)\/(?: |$)/.exec(String(item['when']))?.[1];
        const equal = /viewItem == ([\w.]+)/.exec(String(item['when']))?.[1];
        const fits = pattern === undefined ? equal === value : new RegExp(pattern).test(value);
        return fits ? [String(item['command']).slice('asr.'.length)] : [];
      });
    for (const more of ['', '.loadable', '.restorable', '.loadable.restorable']) {
      assert.ok(offered(`asr.model.incomplete${more}`).includes('resumeDownload'), more);
      for (const state of ['incomplete', 'damaged', 'downloaded', 'outdated']) {
        const commands = offered(`asr.model.${state}${more}`);
        assert.equal(commands.includes('restoreModel'), more.endsWith('.restorable'), state + more);
        assert.ok(commands.includes('deleteModel'));
      }
    }
    assert.ok(offered('asr.model.outdated.loadable.restorable').includes('updateModel'));
    assert.ok(offered('asr.model.downloaded.loadable.restorable').includes('loadModel'));
  });

  it('has a walkthrough of four steps, with pictures in the theme’s colours and commands that exist', () => {
    const pictures = [...text.matchAll(/"svg": "([^"]+)"/g)].flatMap(([, file]) => file ?? []);
    assert.equal(pictures.length, 4);
    for (const file of pictures) {
      const svg = read(file);
      assert.match(svg, /var\(--vscode-/, file);
      assert.doesNotMatch(svg, /#[0-9a-f]{3,8}\b|<script|https?:\/\/(?!www\.w3\.org)/i, file);
    }
    const commands = text.match(/"command": "(asr\.\w+)"/g)?.join() ?? '';
    const linked = [...read('package.nls.json').matchAll(/\(command:(asr\.\w+)\)/g)];
    assert.ok(linked.length > 6);
    for (const [, id = ''] of linked) assert.ok(commands.includes(`"${id}"`), id);
    for (const [, id = ''] of text.matchAll(/"onCommand:(asr\.\w+)"/g)) {
      assert.ok(commands.includes(`"${id}"`), id);
    }
  });

  it('ticks each step of the walkthrough off by something that can happen', () => {
    const contributes = objectIn('package.json')['contributes'];
    assert.ok(isObject(contributes));
    const [walkthrough, ...others] = rowsOf(contributes['walkthroughs']);
    assert.ok(walkthrough !== undefined && others.length === 0);
    const steps = rowsOf(walkthrough['steps']);
    assert.deepEqual(
      steps.map(({ id }) => id),
      ['choose', 'download', 'use', 'keep'],
    );
    const commands = rowsOf(contributes['commands']).map(({ command }) => command);
    for (const { id, media, completionEvents } of steps) {
      assert.ok(
        isObject(media) && String(media['altText']).startsWith('%walkthrough.'),
        String(id),
      );
      assert.ok(Array.isArray(completionEvents) && completionEvents.length > 0, String(id));
      for (const event of strings(completionEvents)) {
        const [kind, name = ''] = event.split(':');
        if (kind === 'onCommand') assert.ok(commands.includes(name), event);
        else if (kind === 'onContext') assert.ok(sources.includes(`'${name}'`), event);
        else assert.equal(event, 'onView:asr.models');
      }
    }
  });

  it('offers in the explorer what the dialog offers', () => {
    const { contributes } = objectIn('package.json');
    const menus = isObject(contributes) ? contributes['menus'] : undefined;
    assert.ok(isObject(menus));
    const [entry] = rowsOf(menus['explorer/context']);
    const [, listed = ''] = /\^\\\.\(([\w|]+)\)\$/.exec(String(entry?.['when'])) ?? [];
    assert.deepEqual(listed.split('|'), recordingExtensions);
    for (const extension of ['mkv', 'mov', 'avi', 'm4v', 'oga', 'aiff', 'amr', 'mts']) {
      assert.ok(recordingExtensions.includes(extension), extension);
    }
  });

  it('lets an untrusted folder choose no model', () => {
    const capabilities = objectIn('package.json')['capabilities'];
    assert.ok(isObject(capabilities) && isObject(capabilities['untrustedWorkspaces']));
    const { supported, restrictedConfigurations } = capabilities['untrustedWorkspaces'];
    // The editor heeds the list only for extensions that say "limited".
    assert.equal(supported, 'limited');
    assert.deepEqual(restrictedConfigurations, ['asr.model']);
  });
});
