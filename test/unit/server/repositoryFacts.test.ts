import assert from 'node:assert/strict';
import { repositoryFacts } from '../../../src/protocol/repositoryFacts';

describe('the facts about a found repository for other programs', () => {
  it('is what it is, without its files and models', () => {
    const found = { repo: 'org/a', gated: true, formats: ['ggml'], paths: ['a.bin'], models: [1] };
    assert.deepEqual(repositoryFacts(found), {
      id: 'hf:org/a',
      repo: 'org/a',
      gated: true,
      formats: ['ggml'],
    });
  });
});
