import { isObject } from '../../common/json';
import type { TimedText } from '../transcript/splitTokens';

/** Reads what sherpa-onnx answers: `{ text, tokens, timestamps, lang }`; anything else is no text. */
export function readSherpaAnswer(answer: unknown): TimedText & { readonly language?: string } {
  if (!isObject(answer)) return { text: '', tokens: [], timesSeconds: [] };
  const timed: TimedText = {
    text: typeof answer['text'] === 'string' ? answer['text'] : '',
    tokens: strings(answer['tokens']),
    timesSeconds: numbers(answer['timestamps']),
  };
  const language = typeof answer['lang'] === 'string' ? answer['lang'].replace(/[<|>]/g, '') : '';
  return language === '' ? timed : { ...timed, language };
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function numbers(value: unknown): number[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'number') : [];
}
