import { defined } from '../protocol/defined';
import type { CatalogModel } from './catalogModel';
import { exactPattern, matchesPatterns } from './filePatterns';
import { hubModel } from './hubModel';
import type { HubModelId } from './hubModelId';
import { recogniseVariants, type RecognisedVariant, type RepoFile } from './recognise';

/** What loads a format, for models that no catalog describes. */
const loaders: Readonly<Record<string, readonly string[]>> = {
  ggml: ['whisper.cpp', '@fugood/whisper.node'],
  'gguf-transcribe-cpp': ['transcribe-cpp (npm)'],
  ctranslate2: ['faster-whisper (Python)'],
  transformers: ['transformers (Python)'],
  'onnx-transformers': ['@huggingface/transformers'],
  'onnx-sherpa': ['sherpa-onnx-node'],
  'onnx-asr': ['onnx-asr (Python)'],
  'onnx-moonshine': ['moonshine-voice'],
  nemo: ['NVIDIA NeMo (Python)'],
};

function modelOf(id: HubModelId, variant: RecognisedVariant): CatalogModel {
  const patterns = variant.files.map((file) => exactPattern(file.path));
  const base = hubModel({ ...id, patterns });
  return {
    ...base,
    name: `${id.repo}: ${variant.label}`,
    format: variant.format,
    loaders: loaders[variant.format] ?? [],
    runsCode: variant.runsCode,
    files: variant.files,
    ...(variant.kind === 'vad' ? { tasks: ['voice-activity-detection'] } : {}),
    ...defined({ quantization: variant.quantization, sizeBytes: variant.sizeBytes }),
  };
}

function wholeModel(id: HubModelId, files: readonly RepoFile[]): CatalogModel {
  const chosen = files
    .filter((file) => matchesPatterns(file.path, id.patterns))
    .map(({ path, sizeBytes }) => ({
      path,
      role: 'file',
      required: true,
      ...defined({ sizeBytes }),
    }));
  const isKnown = chosen.every((file) => file.sizeBytes !== undefined);
  const bytes = chosen.reduce((sum, file) => sum + (file.sizeBytes ?? 0), 0);
  return { ...hubModel(id), files: chosen, ...(isKnown ? { sizeBytes: bytes } : {}) };
}

/**
 * What a repository offers to somebody who named it, from its file list: a model for each variant that is recognised
 * among the files that the id's patterns choose, those that can run code last; the files as they are when none is.
 */
export function repoModels(id: HubModelId, files: readonly RepoFile[]): readonly CatalogModel[] {
  const chosen = files.filter((file) => matchesPatterns(file.path, id.patterns));
  const models = recogniseVariants(chosen).map((variant) => modelOf(id, variant));
  return models.length === 0 ? [wholeModel(id, chosen)] : models;
}
