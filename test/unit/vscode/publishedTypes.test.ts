import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type * as published from '../../../asr-model-api';
import type { Event } from '../../../src/common/event';
import type * as models from '../../../src/models';
import type { DownloadedFile } from '../../../src/protocol/downloadedModel';
import type { FileProgress, ModelDownloadProgress } from '../../../src/protocol/downloadProgress';
import type { ErrorCode } from '../../../src/protocol/errorCode';

/**
 * `true` when the types are the same down to the last member, `readonly` and `?` included. The compiler is the test: where
 * the published file says something else than the core has, a line below does not compile (`npm run check:types`).
 */
type Same<A, B> =
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- two generic functions are compared, not called
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Speech = models.ModelManager['speech'];
type Library = models.ModelManager['library'];

type Assert<Holds extends true> = Holds;

/** Each line is a test. */
export type Checks = [
  Assert<Same<published.ModelDownloadProgress, ModelDownloadProgress>>,
  Assert<Same<published.FileProgress, FileProgress>>,
  Assert<Same<published.DownloadedModel, models.DownloadedModel>>,
  Assert<Same<published.DownloadedFile, DownloadedFile>>,
  Assert<Same<published.CatalogModel, models.CatalogModel>>,
  Assert<Same<published.ModelUpdate, models.ModelUpdate>>,
  Assert<Same<published.VerifyReport, Awaited<ReturnType<Library['verify']>>>>,
  Assert<Same<published.LoadedModel, NonNullable<Speech['loaded']>>>,
  Assert<Same<published.FilesProgress, models.FilesProgress>>,
  Assert<Same<published.ErrorCode, ErrorCode>>,
  Assert<Same<published.Event<string>, Event<string>>>,
];

describe('the types of the API that are published', () => {
  const text = readFileSync('asr-model-api.d.ts', 'utf8');

  it('need nothing beside them', () => {
    assert.doesNotMatch(text, /\bimport\b.*\bfrom\b|\bimport\(|\brequire\(|<reference/);
  });

  it('are in the package', () => {
    assert.match(readFileSync('.vscodeignore', 'utf8'), /^!asr-model-api\.d\.ts$/m);
    assert.match(readFileSync('scripts/package/stage.ts', 'utf8'), /'asr-model-api\.d\.ts'/);
  });

  it('say what each member is', () => {
    for (const name of ['getDownloadStatus', 'downloadModel', 'transcribe', 'searchHub']) {
      assert.match(text, new RegExp(`\\*/\\n  ${name}\\(`), name);
    }
  });
});
