import assert from 'node:assert/strict';
import type { PageMessage } from '../../../src/protocol/panelMessages';
import { createHostConnection, type HostPush } from '../../../webview-ui/store/hostConnection';

describe('webview-ui: the line to the host', () => {
  it('gives each request its own answer, in whatever order they come', async () => {
    const posted: PageMessage[] = [];
    const line = createHostConnection(
      (message) => posted.push(message),
      () => undefined,
    );
    const first = line.request({ kind: 'clearCache' });
    const second = line.request({ kind: 'showLog' });
    const ids = posted.map((message) => (message.type === 'request' ? message.id : -1));
    assert.equal(new Set(ids).size, 2);
    line.receive({ type: 'response', id: ids[1], result: { ok: { message: 'second' } } });
    line.receive({ type: 'response', id: ids[0], result: { ok: { message: 'first' } } });
    assert.deepEqual(await first, { ok: { message: 'first' } });
    assert.deepEqual(await second, { ok: { message: 'second' } });
  });

  it('hands pushes on and ignores what is none', () => {
    const pushes: HostPush[] = [];
    const line = createHostConnection(
      () => undefined,
      (push) => pushes.push(push),
    );
    for (const rubbish of [undefined, null, 7, 'snapshot', [], {}, { type: 'vscode-scheduled' }]) {
      line.receive(rubbish);
    }
    line.receive({ type: 'response', id: 99, result: { ok: {} } });
    line.receive({ type: 'show', modelId: 'tiny' });
    assert.deepEqual(pushes, [{ type: 'show', modelId: 'tiny' }]);
  });
});
