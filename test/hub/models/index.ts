/**
 * Tiny models: generators of models of a few kB that the real runtimes load and that recognise the same words in any audio,
 * for tests and the sample hub. They contain no weights, so no licence applies. The formats are described in
 * docs/model-formats.md, sections 3 and 4.
 */
export { ggufModel, type GgufValue, type TinyGgufOptions } from './ggufModel';
export { whisperGgml, type TinyWhisperOptions } from './whisperGgml';
export { greedyCtcModel, nemoCtcModel, type ModelFiles, type TinySherpaOptions } from './nemoCtc';
export { moonshineModel } from './moonshine';
export { senseVoiceModel } from './senseVoice';
export { nemoTransducerModel } from './nemoTransducer';
