// Names for a person and for the model itself, made from a reference id.

const formatPrefix = /^(?:sherpa|hf|nemo|tjs|faster|gguf)-/;
const formatSuffix = /-(?:ggml|ct2|ort|onnx)$/;
const quantizationSuffix =
  /-(?:f32|fp32|int8|q8|q4-decoder|q\d_\d|Q\d_\d|Q\d_K_[MS]|Q\d_K|F16|BF16|F32)$/;

const words = {
  asr: 'ASR',
  ct2: 'CT2',
  ctc: 'CTC',
  kb: 'KB',
  rnnt: 'RNN-T',
  tdrz: 'tinydiarize',
  tdt: 'TDT',
  vad: 'VAD',
  en: 'EN',
  yi: 'Yiddish',
  zh: 'ZH',
  ja: 'JA',
  ko: 'KO',
  ru: 'RU',
  de: 'DE',
  fr: 'FR',
  es: 'ES',
  yue: 'YUE',
  stt: 'STT',
  asr2: 'ASR2',
  dolphin: 'Dolphin',
  en_fr: 'EN-FR',
  fastconformer: 'FastConformer',
  medasr: 'MedASR',
  nemo: 'NeMo',
  punct: '(punctuated)',
  tdt_ctc: 'TDT-CTC',
  telespeech: 'TeleSpeech',
  wenetspeech: 'WenetSpeech',
};

function word(text) {
  if (words[text] !== undefined) return words[text];
  if (/^\d{4}\.\d\d\.\d\d$/.test(text)) return text.replaceAll('.', '-');
  if (/^v\d/.test(text) || /^\d+ms$/.test(text)) return text;
  if (/^\d[\d.]*[bm]$/.test(text)) return text.toUpperCase();
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function bare(id) {
  let text = id;
  for (let before = ''; before !== text;) {
    before = text;
    text = text.replace(quantizationSuffix, '').replace(formatSuffix, '');
  }
  return text.replace(formatPrefix, '');
}

/** "Whisper Tiny (English) Q5_1" from `whisper-tiny.en-q5_1`. */
export function displayName(id, quantization, modelName) {
  let text = bare(id).replace(/^whisper-turbo$/, 'whisper-large-v3-turbo');
  const english = /\.en(?=-|$)/.test(text);
  text = text
    .replace(/\.en(?=-|$)/, '')
    .replace(/-(\d{4})-(\d{2})-(\d{2})$/, '-$1.$2.$3')
    .replace(/^giga-am/, 'GigaAM')
    .replace(/^sense-voice/, 'SenseVoice')
    .replace(/^fire-red/, 'FireRed');
  const name =
    modelName ??
    text
      .split('-')
      .map(word)
      .join(' ')
      .replace(/ Cpp\b/, '.cpp');
  const short = quantization === 'quantized' ? undefined : quantization?.replace(/ .*$/, '');
  return [
    name,
    modelName === undefined && english ? '(English)' : undefined,
    short === undefined || short === null
      ? undefined
      : short.toUpperCase().replace('-DECODER', ' decoder'),
  ]
    .filter((part) => part !== undefined)
    .join(' ');
}

const sameCheckpoint = {
  'whisper-large': 'whisper-large-v1',
  'whisper-turbo': 'whisper-large-v3-turbo',
  'sense-voice': 'sensevoice-small',
  sensevoicesmall: 'sensevoice-small',
  'moonshine-tiny-en': 'moonshine-tiny',
  'moonshine-base-en': 'moonshine-base',
  'medasr-ctc-en': 'medasr',
  'voxtral-mini-4b-realtime-2602': 'voxtral-mini-4b-realtime-2602',
};

/** What copies of one model in all formats have in common. */
export function checkpointOf(id, model) {
  const text = (model ?? bare(id))
    .toLowerCase()
    .replace(/-\d+ms$/, '')
    .replace(/^whisper-distil-/, 'distil-')
    .replace(/^nemotron-streaming-en/, 'nemotron-speech-streaming-en');
  return sameCheckpoint[text] ?? text;
}
