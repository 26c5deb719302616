import assert from 'node:assert/strict';
import { fileKind, whisperShape } from '../../../src/common/modelFile';

describe('the kind of a file by its first bytes', () => {
  it('an ONNX model begins with its version, from 1 to 63', () => {
    const kinds = [0, 1, 63, 64].map((version) => fileKind(Uint8Array.of(0x08, version, 0x12)));
    assert.deepEqual(kinds, ['unknown', 'onnx', 'onnx', 'unknown']);
  });

  it('a safetensors header has from 2 to 100,000,000 bytes', () => {
    const kinds = [1n, 2n, 100_000_000n, 100_000_001n].map((bytes) => {
      const head = Buffer.from('--------{}');
      head.writeBigUInt64LE(bytes);
      return fileKind(head);
    });
    assert.deepEqual(kinds, ['unknown', 'safetensors', 'safetensors', 'unknown']);
  });

  it('a Whisper’s size is derived from its layers', () => {
    assert.deepEqual(whisperShape(4, 4), { size: 'tiny', variant: 'whole' });
    assert.deepEqual(whisperShape(32, 4), { size: 'large', variant: 'turbo' });
    assert.deepEqual(whisperShape(24, 2), { size: 'medium', variant: 'distil' });
    assert.deepEqual(whisperShape(7, 7), { variant: 'whole' });
  });
});
