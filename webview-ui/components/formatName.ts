const names: Readonly<Record<string, readonly [short: string, reader: string]>> = {
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
  coreml: ['Core ML', 'Core ML'],
};

/** A file format by its own name (names of formats are not translated); an unlisted one as the catalog spells it. */
export function formatShortName(format: string): string {
  return names[format]?.[0] ?? format;
}

/** The same with what reads it: "ONNX (sherpa-onnx)". */
export function formatName(format: string): string {
  const known = names[format];
  if (known === undefined) return format;
  const [short, reader] = known;
  return short === reader ? short : `${short} (${reader})`;
}
