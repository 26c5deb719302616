/** A file format's own name (names of formats are not translated), and the program that reads it. */
const formats: Readonly<Record<string, readonly [name: string, program: string]>> = {
  ggml: ['GGML', 'whisper.cpp'],
  'gguf-transcribe-cpp': ['GGUF', 'transcribe.cpp'],
  ctranslate2: ['CTranslate2', 'faster-whisper'],
  transformers: ['Safetensors', 'Transformers'],
  'onnx-transformers': ['ONNX', 'Transformers.js'],
  'onnx-sherpa': ['ONNX', 'sherpa-onnx'],
  'onnx-asr': ['ONNX', 'onnx-asr'],
  'onnx-moonshine': ['ONNX', 'Moonshine'],
  nemo: ['NeMo', 'NeMo'],
  'gguf-nemo-speech-cpp': ['GGUF', 'NeMo-Speech.cpp'],
  coreml: ['Core ML', 'FluidAudio'],
};

/** A format's name, as "ONNX"; an unlisted one as the catalog spells it. */
export function formatShortName(format: string): string {
  return formats[format]?.[0] ?? format;
}

/** A format's name with the program that reads it, "ONNX (sherpa-onnx)"; an unlisted one as the catalog spells it. */
export function formatName(format: string): string {
  const known = formats[format];
  if (known === undefined) return format;
  const [name, program] = known;
  return name === program ? name : `${name} (${program})`;
}

/** The program that a model of a format is for: the format's own, else the first that its catalog names. */
export function programOf(format: string, loaders: readonly string[]): string {
  return formats[format]?.[1] ?? loaders[0] ?? format;
}
