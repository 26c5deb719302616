import type { LocalizedMessage } from '../common/localizedMessage';
import type { MemoryVerdict } from './format/memoryNeed';

/** One file of a model on the disk. */
export interface ModelFile {
  /** The path inside the repository, with `/`. */
  readonly path: string;
  /** The catalog's name for its part ("encoder", "tokens"); empty when it is unknown. */
  readonly role: string;
  readonly absolutePath: string;
  readonly sizeBytes: number;
}

/** A downloaded and verified model, ready to be loaded. */
export interface ModelOnDisk {
  readonly modelId: string;
  readonly name: string;
  /** One of the catalog's formats ("ggml", "onnx-sherpa", …). */
  readonly format: string;
  /** The snapshot folder. */
  readonly folder: string;
  readonly files: readonly ModelFile[];
  /** It was imported: nothing can be fetched again. */
  readonly isImported?: boolean;
  /** The memory of the loaded model, as the catalog states it. */
  readonly memoryBytes?: number;
}

/** The engines that load models. */
export type EngineName = 'whisper.cpp' | 'sherpa-onnx' | 'transcribe.cpp';

/** Whether a model can be loaded here; if not, why, and the code that loads it elsewhere. */
export type Loadability =
  | {
      readonly loadable: true;
      readonly engine: EngineName;
      /** "whisper", "nemo-ctc", …: the engine's kind of model. */
      readonly kind: string;
      /** Whether it fits what is free now; a `tight` model is confirmed before loading. */
      readonly memory: MemoryVerdict;
    }
  | { readonly loadable: false; readonly reason: LocalizedMessage; readonly snippet?: CodeSnippet };

/** Code that loads a model in another program. */
export interface CodeSnippet {
  /** The editor's language id. */
  readonly languageId: 'python' | 'javascript' | 'shellscript';
  readonly text: string;
}
