import assert from 'node:assert/strict';
import type { CatalogModel, ModelRecord } from '../../../src/models';
import type { ModelDownloadProgress } from '../../../src/protocol/downloadProgress';
import {
  contextValue,
  rowDescription,
  rowLabel,
  treeNodes,
  type ModelRow,
  type TreeNode,
} from '../../../src/vscode/views/treeNodes';

const t = (message: string, ...args: (string | number)[]): string =>
  message.replace(/\{(\d)\}/g, (_, index: string) => String(args[Number(index)]));

const nameOf = (code: string): string => (code === 'en' ? 'English' : code);

function model(id: string): CatalogModel {
  return {
    id,
    name: `Model ${id}`,
    familyId: 'family',
    familyName: 'Family',
    format: 'ggml',
    languages: ['en', 'de'],
    licence: { id: 'MIT' },
    loaders: [],
    files: [],
    source: { kind: 'hub', repo: `org/${id}`, patterns: [] },
    catalog: { id: 'built-in', name: 'Built in' },
    gated: false,
    runsCode: false,
    streaming: false,
    translates: false,
    starter: false,
  };
}

function row(id: string, record: Partial<ModelRecord>, more: Partial<ModelRow> = {}): ModelRow {
  const whole = {
    modelId: id,
    name: `Model ${id}`,
    repo: `org/${id}`,
    revision: 'c'.repeat(40),
    sizeOnDisk: 2_000_000,
    path: `/models/${id}`,
    files: [],
    verified: true,
  };
  const state = record.state ?? 'downloaded';
  return {
    kind: 'model',
    loadable: true,
    loaded: false,
    record: {
      model: model(id),
      state,
      presentBytes: 1_000_000,
      totalBytes: 2_000_000,
      paths: [],
      presentPaths: [],
      partialDigests: [],
      otherRevisions: [],
      ...(state === 'downloaded' ? { downloaded: whole } : {}),
      ...record,
    },
    ...more,
  };
}

const running = (
  modelId: string,
  status: ModelDownloadProgress['status'],
): ModelDownloadProgress => ({
  downloadId: `download of ${modelId}`,
  modelId,
  modelName: `Model ${modelId}`,
  status,
  downloadedBytes: 0,
  filesDone: 0,
  stalled: false,
});

/** The tree as text: group, then its rows' model ids. */
function drawn(nodes: readonly TreeNode[]): string[] {
  return nodes.map((node) =>
    node.kind === 'group'
      ? `${node.id}: ${node.rows
          .map((one) =>
            one.kind === 'model'
              ? one.record.model.id
              : one.kind === 'download'
                ? one.record.modelId
                : '',
          )
          .join(' ')}`
      : '',
  );
}

describe('the rows of the view', () => {
  it('stand in groups, those that are empty left out', () => {
    assert.deepEqual(drawn(treeNodes([], [])), []);
    const nodes = treeNodes(
      [running('a', 'downloading'), running('b', 'queued'), running('f', 'error')],
      [
        row('z', {}),
        row('c', {}),
        row('d', {}, { updateBytes: 5 }),
        row('e', { state: 'incomplete' }),
        row('g', { state: 'damaged' }),
      ],
    );
    assert.deepEqual(drawn(nodes), [
      'downloading: a b',
      'updates: d',
      'ready: c z',
      'incomplete: e g',
    ]);
  });

  it('show a model that is being downloaded only once', () => {
    const nodes = treeNodes([running('a', 'paused')], [row('a', { state: 'incomplete' })]);
    assert.deepEqual(drawn(nodes), ['downloading: a']);
  });

  it('say by their context value what can be done with them', () => {
    const value = (node: TreeNode): string => contextValue(node);
    assert.equal(
      value({ kind: 'download', record: running('a', 'paused') }),
      'asr.download.paused',
    );
    assert.equal(
      value({ kind: 'download', record: running('a', 'verifying') }),
      'asr.download.running',
    );
    assert.equal(
      value({ kind: 'download', record: { ...running('a', 'downloading'), isOwnerSilent: true } }),
      'asr.download.silent',
    );
    assert.equal(value(row('a', {})), 'asr.model.downloaded.loadable');
    assert.equal(value(row('a', {}, { loadable: false })), 'asr.model.downloaded');
    assert.equal(value(row('a', {}, { updateBytes: 1 })), 'asr.model.outdated.loadable');
    assert.equal(value(row('a', { state: 'incomplete' })), 'asr.model.incomplete.loadable');
    const older = {
      commit: 'b'.repeat(40),
      paths: [],
      files: [],
      partialDigests: [],
      isWhole: true,
      canBeRestored: true,
      modifiedMs: 1,
    };
    assert.equal(
      value(row('a', { otherRevisions: [older] })),
      'asr.model.downloaded.loadable.restorable',
    );
    assert.equal(
      value(row('a', { otherRevisions: [{ ...older, canBeRestored: false }] })),
      'asr.model.downloaded.loadable',
    );
  });

  it('describe what is here, and read the same to a screen reader', () => {
    assert.equal(rowDescription(row('a', {}), 0, t, nameOf), '2 MB · GGML · English, de');
    assert.equal(
      rowDescription(row('a', {}, { loaded: true, updateBytes: 3_000_000 }), 0, t, nameOf),
      'loaded · 2 MB · update: 3 MB · GGML · English, de',
    );
    assert.equal(rowDescription(row('a', { state: 'incomplete' }), 0, t, nameOf), '1 MB of 2 MB');
    assert.match(rowDescription(row('a', { state: 'damaged' }), 0, t, nameOf), /^Damaged/);
    const model = row('a', {});
    const label = rowLabel(model, rowDescription(model, 0, t, nameOf));
    assert.equal(label, 'Model a, 2 MB · GGML · English, de');
  });
});
