import type { ModelFormat } from './catalogModel';

/**
 * Files with Python pickles in them, such as PyTorch's and NeMo's. Loading a pickle runs the code in it
 * (docs/model-formats.md section 1.5).
 */
const pickles = /\.(?:pt|pth|ckpt|pkl|pickle|joblib|nemo)$/i;
/** PyTorch's weights in the transformers layout. */
const torchBin =
  /(?:^|\/)(?:pytorch_model|adapter_model|training_args|optimizer|model)[^/]*\.bin$/i;
const safeBinFormats: readonly ModelFormat[] = ['ggml', 'ctranslate2', 'onnx-moonshine'];

/** Whether a file can run code when a runtime of this format loads it. */
export function fileRunsCode(path: string, format: ModelFormat): boolean {
  if (pickles.test(path)) return true;
  return !safeBinFormats.includes(format) && torchBin.test(path);
}

/** Whether loading a model of this format with these files can run code. An unlisted NeMo model is a `.nemo` file. */
export function runsCode(format: ModelFormat, paths: readonly string[]): boolean {
  return format === 'nemo' || paths.some((path) => fileRunsCode(path, format));
}
