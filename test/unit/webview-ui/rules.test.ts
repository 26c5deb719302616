import assert from 'node:assert/strict';
import fc from 'fast-check';
import { defined } from '../../../src/protocol/defined';
import { downloadStatuses } from '../../../src/protocol/downloadProgress';
import { errorCodes } from '../../../src/protocol/errorCode';
import { diskShares } from '../../../webview-ui/components/DownloadedModels';
import { canCancel, canPause, phaseOf } from '../../../src/protocol/phase';
import { errorActions } from '../../../src/protocol/errorActions';
import { notLoadableReason } from '../../../webview-ui/store/loadability';
import { keepUnchanged, sameValue } from '../../../webview-ui/store/modelDownloadStore';
import { download, model, strings } from './samples';

describe('webview-ui: which state a download shows', () => {
  it('tells waiting for data and waiting to retry apart from downloading', () => {
    assert.equal(phaseOf(download()), 'downloading');
    assert.equal(phaseOf(download({ stalled: true })), 'stalled');
    assert.equal(phaseOf(download({ stalled: true, retryAt: 5 })), 'waiting');
    assert.equal(phaseOf(download({ status: 'paused', stalled: true })), 'paused');
  });

  it('offers to cancel exactly while there is something to cancel', () => {
    const cancellable = downloadStatuses.filter((status) => canCancel(download({ status })));
    assert.deepEqual(cancellable, ['queued', 'resolving', 'downloading', 'verifying', 'paused']);
    const pausable = downloadStatuses.filter((status) => canPause(download({ status })));
    assert.deepEqual(pausable, ['queued', 'resolving', 'downloading']);
  });

  it('offers something for every error code', () => {
    for (const code of errorCodes) {
      const { length } = errorActions(code);
      assert.ok(
        length > 0 && length <= 3,
        `${code}: a notification cuts off the labels of a fourth`,
      );
    }
    assert.deepEqual(errorActions('diskSpace'), ['freeUpSpace', 'changeFolder', 'retry']);
  });
});

describe('webview-ui: models that can be loaded', () => {
  it('loads a verified model that nothing is being done with, and no other', () => {
    assert.equal(notLoadableReason(model(), undefined, strings), undefined);
    assert.equal(notLoadableReason(model(), download({ status: 'completed' }), strings), undefined);
    const reasons = [
      notLoadableReason(undefined, undefined, strings),
      notLoadableReason(model(), download(), strings),
      notLoadableReason(model({ state: 'incomplete' }), undefined, strings),
      notLoadableReason(model({ state: 'damaged' }), undefined, strings),
      notLoadableReason(model({ busy: 'verifying' }), undefined, strings),
      notLoadableReason(model({ notLoadable: 'No runtime reads it.' }), undefined, strings),
    ];
    assert.equal(new Set(reasons).size, reasons.length, 'each has its own sentence');
    assert.ok(reasons.every((reason) => reason?.endsWith('.') === true));
  });

  it('does not load what was not verified', () => {
    const { disk } = model();
    assert.ok(disk !== undefined);
    const unverified = model({ disk: { ...disk, verified: false } });
    assert.match(notLoadableReason(unverified, undefined, strings) ?? '', /not been verified/);
  });
});

describe('webview-ui: the disk bar', () => {
  it('shows the largest families, the rest as one, and never more than the whole', () =>
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 1e12 }), { maxLength: 12 }),
        fc.option(fc.integer({ min: 0, max: 1e13 }), { nil: undefined }),
        (sizes, freeBytes) => {
          const families = sizes.map((sizeOnDisk, at) => ({ name: `f${at}`, sizeOnDisk }));
          const usedBytes = sizes.reduce((sum, size) => sum + size, 0);
          const shares = diskShares(
            {
              families,
              usedBytes,
              location: '',
              canReveal: false,
              ...defined({ freeBytes }),
            },
            'Other',
          );
          assert.ok(shares.length <= 6);
          const percent = shares.reduce((sum, share) => sum + share.percent, 0);
          assert.ok(percent <= 100.0001, String(percent));
          const shown = shares.reduce((sum, share) => sum + share.sizeOnDisk, 0);
          assert.ok(Math.abs(shown - usedBytes) < 1, 'every byte is in some piece');
        },
      ),
    ));
});

describe('webview-ui: keeping what did not change', () => {
  it('compares plain values by what they say', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => assert.ok(sameValue(value, structuredClone(value)))),
    );
    assert.equal(sameValue({ a: 1 }, { a: 2 }), false);
    assert.equal(sameValue({ a: 1 }, { b: 1 }), false);
    assert.equal(sameValue([], {}), false);
    assert.equal(sameValue({ a: undefined }, {}), false);
  });

  it('returns the old list when nothing changed', () => {
    const before = [{ id: 'a', n: 1 }];
    assert.equal(
      keepUnchanged(before, [{ id: 'a', n: 1 }], ({ id }) => id),
      before,
    );
    assert.deepEqual(
      keepUnchanged(before, [], ({ id }) => id),
      [],
    );
  });
});
