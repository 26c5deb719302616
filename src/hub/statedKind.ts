import { isObject, type JsonObject } from '../common/json';
import { defined } from '../protocol/defined';

/** The kind of a repository's model that a Hub has read in its own files. */
export interface StatedKind {
  /** `general.architecture` of its GGUF files: `parakeet`, `llama`. */
  readonly ggufArchitecture?: string;
  /** `model_type` of its config.json: `whisper`, `moonshine`. */
  readonly modelType?: string;
}

/** The fields of an answer that {@link statedKind} reads (docs/hub-protocol.md section 1.2). */
export const kindFacts = ['config', 'gguf'] as const;

/** Reads an answer about a repository. What it does not state, or states in another form, is absent. */
export function statedKind(answer: JsonObject): StatedKind {
  return defined({
    ggufArchitecture: word(answer['gguf'], 'architecture'),
    modelType: word(answer['config'], 'model_type'),
  });
}

function word(value: unknown, field: string): string | undefined {
  const text = isObject(value) ? value[field] : undefined;
  return typeof text === 'string' && /^[\w.-]{1,64}$/.test(text) ? text : undefined;
}
