import { type CatalogModel, languageKey } from '../catalog';
import { AsrError } from '../common/asrError';
import { type LocalizedMessage, localized } from '../common/localizedMessage';
import type { LoadedModel, SpeechOptions } from '../runtime';

/** The task for a recording. */
export interface SpeechRequest extends SpeechOptions {
  /** Transcribe although the model is not known to speak the language: the person was asked. */
  readonly inAnyLanguage?: boolean;
}

/** The languages of a model. */
export interface SpokenLanguages {
  /** Codes; empty: unknown. */
  readonly languages: readonly string[];
  /** It speaks no others. */
  readonly isWhole: boolean;
  /** It can give the text of another language in English. */
  readonly translates: boolean;
}

/** The languages of a loaded model, by its files, else by the catalog. */
export function spokenLanguages(
  loaded: LoadedModel | undefined,
  model: CatalogModel | undefined,
): SpokenLanguages {
  if (loaded === undefined) return { languages: [], isWhole: false, translates: false };
  // A repository that no catalog has names what its page says, which need not be all.
  const listed = /^(?:hf|local):/.test(loaded.modelId) ? undefined : model;
  const tasks = listed?.tasks ?? [];
  const translates = loaded.translates && (tasks.length === 0 || listed?.translates === true);
  if (loaded.languages !== undefined) {
    return { languages: loaded.languages, isWhole: true, translates };
  }
  const { languages = [], languageCount = 0 } = model ?? {};
  const named = languages.filter((code) => code !== 'any');
  const isWhole =
    listed !== undefined &&
    named.length > 0 &&
    named.length === languages.length &&
    languageCount <= named.length;
  return { languages: named, isWhole, translates };
}

/** A code as the model spells it; undefined for `auto`, which leaves it to the model. */
export function wantedLanguage(language: string, spoken: readonly string[]): string | undefined {
  const code = language.trim().toLowerCase().split(/[-_]/, 1)[0] ?? '';
  if (code === '' || code === 'auto') return undefined;
  return spoken.find((each) => languageKey(each) === languageKey(code)) ?? code;
}

/** Whether a model may speak a language: it is one of the model's, or not all of those are known. */
export function maySpeak({ languages, isWhole }: SpokenLanguages, language: string): boolean {
  return !isWhole || languages.some((code) => languageKey(code) === languageKey(language));
}

/** Throws `unsupported` when the model would invent a text instead of doing what is asked for. */
export function checkRequest(
  name: string,
  spoken: SpokenLanguages,
  language: string | undefined,
  task: SpeechOptions['task'],
  inAnyLanguage: boolean,
): void {
  if (task === 'translate' && !spoken.translates) {
    throw new AsrError(
      'unsupported',
      localized(
        '{0} does not translate. Transcribe without translating, or load a model that does, such as a multilingual Whisper.',
        name,
      ),
    );
  }
  if (inAnyLanguage || language === undefined || maySpeak(spoken, language)) return;
  throw new AsrError(
    'unsupported',
    localized(
      '{0} does not speak the language “{1}” and would invent a text. Load a model that speaks it, or choose another language.',
      name,
      language,
    ),
  );
}

/** The message for a detected language that the model does not support. */
export function strangeLanguage(name: string, language: string): LocalizedMessage {
  return localized(
    'The recording seems to be in the language “{1}”, which {0} does not speak: the text may be invented. Load a model that speaks it.',
    name,
    language,
  );
}
