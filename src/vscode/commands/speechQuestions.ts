import * as vscode from 'vscode';
import type { ModelManager, SpeechRequest, SpokenLanguages } from '../../models';
import { spokenLanguage } from '../host/settings';
import { recordingLanguages } from '../picker/languageRows';
import { languageNamer } from '../ui/localise';
import type { CommandContext } from './commandContext';
import { loadModel } from './speechCommands';

type Speech = ModelManager['speech'];

/**
 * The options for the loaded model: the language of `asr.transcribe.language`; without it a question, when the model
 * accepts a language. Undefined when the person closed a question.
 */
export async function speechRequest(context: CommandContext): Promise<SpeechRequest | undefined> {
  const { speech } = await context.manager.get();
  const { loaded } = speech;
  if (loaded === undefined) return undefined;
  const prompt =
    loaded.takesPrompt && context.prompt.text !== '' ? { prompt: context.prompt.text } : {};
  const set = spokenLanguage();
  if (set !== '' && set !== 'auto') {
    if (await speech.speaks(set)) return { ...prompt, language: set };
    return await confirmLanguage(context, set, prompt);
  }
  const spoken = await speech.languages();
  const [only, ...others] = spoken.isWhole ? spoken.languages : [];
  if (!loaded.takesLanguage) return prompt;
  if (only !== undefined && others.length === 0) return { ...prompt, language: only };
  if (set === 'auto' && !loaded.asksForLanguage) return prompt;
  const chosen = await askForLanguage(loaded, spoken);
  return chosen === undefined ? undefined : { ...prompt, ...chosen };
}

/** The name of the language that a recording is taken to be in; undefined: the model finds out. */
export async function languageName(
  speech: Speech,
  { language }: SpeechRequest,
): Promise<string | undefined> {
  if (language !== undefined) return languageNamer()(language);
  const { languages, isWhole } = await speech.languages();
  const [only, ...others] = languages;
  return isWhole && only !== undefined && others.length === 0 ? languageNamer()(only) : undefined;
}

/** The model does not speak the language that is set: it would invent a text. */
async function confirmLanguage(
  context: CommandContext,
  language: string,
  prompt: SpeechRequest,
): Promise<SpeechRequest | undefined> {
  const { l10n, window } = vscode;
  const { speech } = await context.manager.get();
  const choose = l10n.t('Choose Another Model');
  const anyway = l10n.t('Transcribe Anyway');
  const chosen = await window.showWarningMessage(
    l10n.t(
      '{0} does not speak {1}, the language of your recordings (asr.transcribe.language). It would invent a text.',
      speech.loaded?.name ?? '',
      languageNamer()(language),
    ),
    { modal: true },
    choose,
    anyway,
  );
  if (chosen === anyway) return { ...prompt, language, inAnyLanguage: true };
  if (chosen !== choose || !(await loadModel(context, undefined))) return undefined;
  return await speechRequest(context);
}

/** Asks in which language the recording is, or what to do about it; undefined when the list was closed. */
async function askForLanguage(
  loaded: NonNullable<Speech['loaded']>,
  { languages, translates }: SpokenLanguages,
): Promise<SpeechRequest | undefined> {
  const { l10n, window, env, QuickPickItemKind } = vscode;
  type Row = vscode.QuickPickItem & { readonly request?: SpeechRequest };
  const detect: Row = { label: l10n.t('$(search) Detect the language'), request: {} };
  const translate: Row = {
    label: l10n.t('$(globe) Translate to English'),
    request: { task: 'translate' },
  };
  const separator: Row = { label: '', kind: QuickPickItemKind.Separator };
  const rows = recordingLanguages(languages, env.language, languageNamer()).map(
    ({ language, label, description }): Row => ({ label, description, request: { language } }),
  );
  const first = loaded.asksForLanguage
    ? []
    : [detect, ...(translates ? [translate] : []), separator];
  const chosen = await window.showQuickPick<Row>([...first, ...rows], {
    title: l10n.t('Language that is spoken'),
    placeHolder: l10n.t('The setting asr.transcribe.language answers this question'),
    matchOnDescription: true,
  });
  return chosen?.request;
}
