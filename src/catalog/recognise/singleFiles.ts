import { type Folder, quantizationIn, type RecognisedVariant, variantOf } from './variant';

function ggml(name: string, folder: Folder): RecognisedVariant | undefined {
  if (!/^(?:ggml-|for-tests-ggml-).+\.bin$/.test(name) || name.includes('-encoder-openvino'))
    return undefined;
  const isVad = name.includes('silero');
  const label = name.replace(/^ggml-|\.bin$/g, '');
  const facts = { format: 'ggml', label, quantization: quantizationIn(name) } as const;
  return variantOf(isVad ? { ...facts, kind: 'vad' } : facts, folder, [
    { name, role: isVad ? 'vad' : 'model' },
  ]);
}

/** One file, or the parts of one that was split (`-00001-of-00003`), recognised by its first part. */
function gguf(name: string, folder: Folder): RecognisedVariant | undefined {
  if (!/\.gguf$/i.test(name)) return undefined;
  const split = /^(.*)-(\d{5})-of-(\d{5})\.gguf$/i.exec(name);
  const label = (split?.[1] ?? name).replace(/\.gguf$/i, '');
  const facts = {
    format: 'gguf-transcribe-cpp',
    label,
    quantization: quantizationIn(label + '.gguf'),
  } as const;
  if (split === null) return variantOf(facts, folder, [{ name, role: 'model' }]);
  const [, stem = '', part = '', count = '0'] = split;
  if (part !== '00001') return undefined;
  const parts = Array.from({ length: Math.min(Number(count), 1000) }, (_, index) => ({
    name: `${stem}-${String(index + 1).padStart(5, '0')}-of-${count}.gguf`,
    role: 'model',
  }));
  return variantOf(facts, folder, parts);
}

function vad(name: string, folder: Folder): RecognisedVariant | undefined {
  if (!/^(?:silero_vad|ten-vad)[^/]*\.onnx$/.test(name)) return undefined;
  const label = name.replace(/\.onnx$/, '');
  return variantOf(
    { format: 'onnx-sherpa', kind: 'vad', label, quantization: quantizationIn(name) },
    folder,
    [{ name, role: 'vad' }],
  );
}

function nemo(name: string, folder: Folder): RecognisedVariant | undefined {
  if (!name.endsWith('.nemo')) return undefined;
  return variantOf({ format: 'nemo', label: name.replace(/\.nemo$/, '') }, folder, [
    { name, role: 'model' },
  ]);
}

/** A single PyTorch checkpoint, such as OpenAI's own Whisper files. */
function checkpoint(name: string, folder: Folder): RecognisedVariant | undefined {
  if (!/\.(?:pt|pth|ckpt)$/.test(name)) return undefined;
  return variantOf({ format: 'unknown', kind: 'pytorch', label: name }, folder, [
    { name, role: 'model' },
  ]);
}

const kinds = [ggml, gguf, vad, nemo, checkpoint];

/**
 * The models of a folder that consist of one file: ggml, GGUF, voice detectors, NeMo, bare checkpoints
 * (docs/model-formats.md section 1.1).
 */
export function singleFiles(folder: Folder): readonly RecognisedVariant[] {
  return [...folder.names.keys()].flatMap((name) =>
    kinds.map((kind) => kind(name, folder)).filter((variant) => variant !== undefined),
  );
}
