/**
 * tiny models: generators of models of a few kB that the real runtimes load and that say the same words to any audio,
 * for tests and the sample hub. No weights, nobody's licence. catalog.md 3 and 4 describe the formats.
 */
export { whisperGgml, type TinyWhisperOptions } from './whisperGgml';
export { nemoCtcModel, type ModelFiles, type TinySherpaOptions } from './nemoCtc';
export { senseVoiceModel } from './senseVoice';
export { nemoTransducerModel } from './nemoTransducer';
export { greedyCtcModel } from './greedyCtc';
