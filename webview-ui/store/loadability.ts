import type { ModelDownloadProgress } from '../../src/protocol/downloadProgress';
import { isFinal } from '../../src/protocol/downloadProgress';
import type { PanelModel } from '../../src/protocol/panelSnapshot';
import type { PanelStrings } from '../../src/protocol/panelStrings';

/** Why a model can't be loaded now, as a message; undefined when it can. Only what is whole and verified loads. */
export function notLoadableReason(
  model: PanelModel | undefined,
  download: ModelDownloadProgress | undefined,
  strings: PanelStrings,
): string | undefined {
  if (download !== undefined && !isFinal(download.status)) return strings.notLoadableDownloading;
  if (model === undefined) return strings.notLoadableNotDownloaded;
  if (model.busy !== undefined) return strings.notLoadableBusy;
  switch (model.state) {
    case 'notDownloaded':
      return strings.notLoadableNotDownloaded;
    case 'incomplete':
      return strings.notLoadableIncomplete;
    case 'damaged':
      return strings.notLoadableDamaged;
    case 'downloaded':
      if (model.disk?.verified !== true) return strings.notLoadableNotVerified;
      return model.notLoadable;
  }
}
