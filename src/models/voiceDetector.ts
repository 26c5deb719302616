import { modelOnDisk } from './modelOnDisk';
import type { ModelRecord } from './modelRecord';

/**
 * The file of a downloaded and verified Silero voice detector in ONNX, with which long audio is cut where nobody
 * speaks; undefined when there is none. Other detectors (TEN) want another configuration.
 */
export function voiceDetectorPath(records: readonly ModelRecord[]): string | undefined {
  for (const record of records) {
    if (record.model.format !== 'onnx-sherpa' || record.downloaded?.verified !== true) continue;
    const found = modelOnDisk(record)?.files.find(
      ({ path, role }) => /silero[^/]*\.onnx$/i.test(path) && (role === 'vad' || role === ''),
    );
    if (found !== undefined) return found.absolutePath;
  }
  return undefined;
}
