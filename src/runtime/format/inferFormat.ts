const rules: readonly (readonly [RegExp, string])[] = [
  [/\.nemo$/, 'nemo'],
  [/\.gguf$/, 'gguf-transcribe-cpp'],
  [/(^|\/)decoder_joint.*\.onnx$/, 'onnx-asr'],
  [/^onnx\/decoder_model_merged.*\.onnx$/, 'onnx-transformers'],
  [/(^|\/)streaming_config\.json$/, 'onnx-moonshine'],
  [/(^|[/-])tokens\.txt$/, 'onnx-sherpa'],
  [/(^|\/)conv_frontend.*\.onnx$/, 'onnx-sherpa'],
  [/(^|\/)vocabulary\.(txt|json)$/, 'ctranslate2'],
  [/\.safetensors$/, 'transformers'],
  [/(^|\/)pytorch_model.*\.bin$/, 'transformers'],
  [/(^|\/)ggml.*\.bin$/, 'ggml'],
];

/**
 * A guess at the format of a set of files by their names (docs/model-formats.md section 1); `unknown` when no format
 * matches. It is for models whose format neither a catalog nor `catalog/recognise` knows, which only accepts complete
 * sets of files: a single characteristic name is enough here, and the files' first bytes decide when the model is loaded.
 */
export function inferFormat(paths: readonly string[]): string {
  return rules.find(([pattern]) => paths.some((path) => pattern.test(path)))?.[1] ?? 'unknown';
}
