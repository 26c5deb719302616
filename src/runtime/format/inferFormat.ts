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
 * The format of a set of files by their names (docs/model-formats.md section 1), for a model that no catalog describes;
 * `unknown` when no format matches. The files' first bytes decide when the model is loaded.
 */
export function inferFormat(paths: readonly string[]): string {
  return rules.find(([pattern]) => paths.some((path) => pattern.test(path)))?.[1] ?? 'unknown';
}
