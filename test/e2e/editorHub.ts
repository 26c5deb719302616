import { generatedContent, startTestHub, type TestFile, type TestHub } from '../hub';

const files = (name: string, sizeBytes: number): Readonly<Record<string, TestFile>> => ({
  [`ggml-${name}.bin`]: generatedContent({ sizeBytes, seed: name }),
});

/** The models of the journeys: id, what a person reads, bytes. */
const models = [
  { name: 'alpha', title: 'Alpha model', sizeBytes: 90_000_000 },
  { name: 'beta', title: 'Beta model', sizeBytes: 20_000_000 },
  { name: 'gamma', title: 'Gamma model', sizeBytes: 60_000_000 },
] as const;

/** A hub of the journeys, and the address of a catalog of its models. */
export interface EditorHub {
  readonly hub: TestHub;
  readonly catalog: string;
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
  const catalog = hub.serve('/catalog.json', catalogOf(hub), 'application/json');
  return {
    hub,
    catalog,
    settings: { 'asr.catalog.additional': [catalog], 'asr.hub.endpoint': hub.url },
  };
}

/** The next commit of a model's repository: other bytes under the same name. */
export function pushNewer(hub: TestHub, name: string, sizeBytes: number): string {
  return hub.repo(`org/${name}`).push({
    [`ggml-${name}.bin`]: generatedContent({ sizeBytes, seed: `${name} newer` }),
  });
}

function catalogOf(hub: TestHub): string {
  return JSON.stringify({
    version: 1,
    name: 'Journey models',
    endpoint: hub.url,
    families: [
      {
        id: 'journey',
        name: 'Journey',
        format: 'ggml',
        licence: { id: 'MIT' },
        languages: ['en', 'de'],
        loaders: ['whisper.cpp'],
        variants: models.map(({ name, title, sizeBytes }) => ({
          id: `journey-${name}`,
          name: title,
          repo: `org/${name}`,
          files: [{ path: `ggml-${name}.bin`, sizeBytes }],
        })),
      },
    ],
  });
}
