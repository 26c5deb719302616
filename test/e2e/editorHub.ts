import { generatedContent, startTestHub, type TestFile, type TestHub } from '../hub';
import { whisperGgml } from '../hub/models';
import { serveJourneyCatalog } from './harness/journeyCatalog';

const files = (name: string, sizeBytes: number): Readonly<Record<string, TestFile>> => ({
  [`ggml-${name}.bin`]: generatedContent({ sizeBytes, seed: name }),
});

/** The models of the journeys: id, what a person reads, bytes. */
const models = [
  { name: 'alpha', title: 'Alpha model', sizeBytes: 90_000_000 },
  { name: 'beta', title: 'Beta model', sizeBytes: 20_000_000 },
  { name: 'gamma', title: 'Gamma model', sizeBytes: 60_000_000 },
] as const;

/** A model that the runtime really loads. */
const tiny = {
  id: 'journey-tiny',
  name: 'Tiny model',
  repo: 'org/tiny',
  file: 'ggml-tiny.bin',
} as const;

/** A hub of the journeys, which serves a catalog of its models as well. */
export interface EditorHub {
  readonly hub: TestHub;
  /** Machine settings that lead to both. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** A token that the hub knows, of `tester`, who may have the gated model. */
export const goodToken = ['hf', 'test', 'good'].join('_');

export async function startEditorHub(): Promise<EditorHub> {
  const hub = await startTestHub({
    repos: [
      ...models.map(({ name, sizeBytes }) => ({
        name: `org/${name}`,
        files: files(name, sizeBytes),
        licence: 'mit',
      })),
      { name: 'org/tiny', files: { 'ggml-tiny.bin': whisperGgml() }, licence: 'mit' },
      {
        name: 'org/gated',
        files: files('gated', 3_000_000),
        licence: 'mit',
        gated: 'auto' as const,
      },
      {
        name: 'org/variants',
        files: { ...files('small', 2_000_000), ...files('large', 5_000_000), 'README.md': '# Two' },
        licence: 'apache-2.0',
      },
    ],
    tokens: { [goodToken]: { name: 'tester', access: ['org/gated'] } },
  });
  const served = models.map(({ name, title, sizeBytes }) => ({
    id: `journey-${name}`,
    name: title,
    repo: `org/${name}`,
    file: `ggml-${name}.bin`,
    sizeBytes,
  }));
  const settings = serveJourneyCatalog(hub, [...served, tiny]);
  return { hub, settings };
}

/** The next commit of the model that can be loaded. */
export function pushNewerTiny(hub: TestHub, word: string): string {
  return hub.repo(tiny.repo).push({ [tiny.file]: whisperGgml({ words: [` ${word}`] }) });
}

/** The next commit of a model's repository: other bytes under the same name. */
export function pushNewer(hub: TestHub, name: string, sizeBytes: number): string {
  return hub.repo(`org/${name}`).push({
    [`ggml-${name}.bin`]: generatedContent({ sizeBytes, seed: `${name} newer` }),
  });
}
