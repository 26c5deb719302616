import { defined } from '../../../src/protocol/defined';
import type { TestHub } from '../../hub';

/** A model of one file that a journey downloads. */
export interface JourneyModel {
  readonly id: string;
  /** The name that a person reads. */
  readonly name: string;
  readonly repo: string;
  readonly file: string;
  /** The size that the catalog says; without it the hub is asked. */
  readonly sizeBytes?: number;
}

/** Serves an extra catalog of these models on the hub. Returns the machine settings that lead to both. */
export function serveJourneyCatalog(
  hub: TestHub,
  models: readonly JourneyModel[],
): Readonly<Record<string, unknown>> {
  const catalog = hub.serve('/journey.json', catalogOf(hub, models), 'application/json');
  return { 'asr.catalog.additional': [catalog], 'asr.hub.endpoint': hub.url };
}

/** Without digests, so that a repository's next commit is an update. */
function catalogOf(hub: TestHub, models: readonly JourneyModel[]): string {
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
        variants: models.map(({ id, name, repo, file, sizeBytes }) => ({
          id,
          name,
          repo,
          files: [{ path: file, role: 'model', ...defined({ sizeBytes }) }],
        })),
      },
    ],
  });
}
