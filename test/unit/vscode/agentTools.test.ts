import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { isObject, parseJson } from '../../../src/common/json';
import { englishText } from '../../../src/common/localizedMessage';
import { agentTools, TranscriptionQueue } from '../../../src/server';
import { fakeTranscriber } from '../server/testServer';

describe('the tools for the editor’s agents', () => {
  const manifest = parseJson(readFileSync('package.json', 'utf8'));
  assert.ok(isObject(manifest) && isObject(manifest['contributes']));
  const declared = manifest['contributes']['languageModelTools'];
  assert.ok(Array.isArray(declared));
  const tools = agentTools({
    models: { get: () => assert.fail('nothing is called') },
    transcriber: fakeTranscriber,
    queue: new TranscriptionQueue(1),
    localise: englishText,
  });

  it('are declared as they are', () => {
    assert.deepEqual(
      declared.map((each: unknown) =>
        isObject(each)
          ? {
              name: each['name'],
              description: each['modelDescription'],
              inputSchema: each['inputSchema'],
            }
          : each,
      ),
      tools.map(({ name, description, inputSchema }) => ({
        name: `asr_${name}`,
        description,
        inputSchema: parseJson(JSON.stringify(inputSchema)),
      })),
    );
  });

  it('are registered, each by its name', () => {
    const source = readFileSync('src/vscode/server/localServer.ts', 'utf8');
    for (const { name } of tools) assert.ok(source.includes(`'${name}'`), name);
  });
});
