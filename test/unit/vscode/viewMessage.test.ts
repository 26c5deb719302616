import assert from 'node:assert/strict';
import { viewMessage, type ViewFacts } from '../../../src/vscode/views/treeNodes';

const t = (message: string, ...args: (string | number)[]): string =>
  message.replace(/\{(\d)\}/g, (_, index: string) => String(args[Number(index)]));
const facts: ViewFacts = {
  models: 3,
  totalBytes: 2_100_000_000,
  freeBytes: 80_000_000_000,
  host: undefined,
  folderProblem: undefined,
};

describe('the line above the models', () => {
  it('says how many there are, what they take on the disk and what is free', () => {
    assert.equal(viewMessage(facts, t), '3 models · 2.1 GB · 80 GB free');
    assert.equal(
      viewMessage({ ...facts, models: 1, freeBytes: undefined, host: 'build-server' }, t),
      '1 model · 2.1 GB · on build-server',
    );
  });

  it('says first what is wrong with the folder', () => {
    const folderProblem = '/models is read-only.';
    assert.equal(
      viewMessage({ ...facts, folderProblem }, t),
      '/models is read-only. 3 models · 2.1 GB · 80 GB free',
    );
  });

  it('is empty without models, so that the welcome text shows', () =>
    assert.equal(viewMessage({ ...facts, models: 0, folderProblem: 'gone' }, t), ''));
});
