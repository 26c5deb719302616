import type { LoadPlan } from './loadPlan';
import type { SherpaFamily } from './sherpaFamily';

/** The abilities of a model besides transcribing, and the hints that it accepts. */
export interface ModelAbilities {
  /** It accepts the language that is spoken. */
  readonly takesLanguage: boolean;
  /** It does not detect the spoken language: it assumes English unless the language is given. */
  readonly asksForLanguage: boolean;
  /** It can give the text of another language in English. */
  readonly translates: boolean;
  /** It accepts names and words that are likely to be said. */
  readonly takesPrompt: boolean;
  /** The languages that it speaks, where its files say so. */
  readonly languages?: readonly string[];
}

const none: ModelAbilities = {
  takesLanguage: false,
  asksForLanguage: false,
  translates: false,
  takesPrompt: false,
};

/** The families whose configuration has more than the files (docs/model-formats.md section 4.2). */
const sherpaAbilities: Partial<Record<SherpaFamily, Partial<ModelAbilities>>> = {
  whisper: { takesLanguage: true, translates: true },
  canary: { takesLanguage: true, asksForLanguage: true, translates: true },
  'cohere-transcribe': { takesLanguage: true, asksForLanguage: true },
  'sense-voice': { takesLanguage: true },
};

/** The abilities of a model by its files; an engine that knows more once it is loaded says so itself. */
export function abilitiesOf(plan: LoadPlan): ModelAbilities {
  if (plan.engine === 'sherpa-onnx') return { ...none, ...sherpaAbilities[plan.kind] };
  if (plan.engine !== 'whisper.cpp' || plan.kind !== 'whisper') return none;
  return plan.multilingual
    ? { ...none, takesLanguage: true, translates: true, takesPrompt: true }
    : { ...none, takesPrompt: true, languages: ['en'] };
}
