import path from 'node:path';
import { inferFormat } from '../format/inferFormat';
import type { CodeSnippet, ModelOnDisk } from '../model';

/**
 * Code that loads a downloaded model in the program that its format is for: whisper.cpp, sherpa-onnx, faster-whisper,
 * transformers, NeMo, onnx-asr, transcribe.cpp. Undefined for a format that nobody wrote a program for.
 */
export function codeSnippet(model: ModelOnDisk): CodeSnippet | undefined {
  const file = largestFile(model);
  const format =
    model.format === 'unknown' ? inferFormat(model.files.map((each) => each.path)) : model.format;
  switch (format) {
    case 'ggml':
      return file === undefined ? undefined : shell(`whisper-cli -m ${quote(file)} -f audio.wav`);
    case 'gguf-transcribe-cpp':
      return file === undefined ? undefined : shell(`transcribe-cli -m ${quote(file)} audio.wav`);
    case 'ctranslate2':
      return python(
        '# pip install faster-whisper',
        'from faster_whisper import WhisperModel',
        '',
        `model = WhisperModel(${literal(model.folder)}, device="auto", compute_type="auto")`,
        'segments, info = model.transcribe("audio.wav")',
        'for segment in segments:',
        '    print(f"[{segment.start:.2f} -> {segment.end:.2f}] {segment.text}")',
      );
    case 'transformers':
      return python(
        '# pip install transformers torch accelerate',
        'from transformers import pipeline',
        '',
        'recognize = pipeline(',
        `    "automatic-speech-recognition", model=${literal(model.folder)}, device_map="auto"`,
        ')',
        'print(recognize("audio.wav", return_timestamps=True)["text"])',
      );
    case 'nemo':
      return file === undefined
        ? undefined
        : python(
            '# pip install "nemo_toolkit[asr]"',
            'import nemo.collections.asr as nemo_asr',
            '',
            `model = nemo_asr.models.ASRModel.restore_from(${literal(file)})`,
            'print(model.transcribe(["audio.wav"])[0])',
          );
    case 'onnx-asr':
      return python(
        '# pip install "onnx-asr[cpu]"',
        'import onnx_asr',
        '',
        `model = onnx_asr.load_model(${literal(onnxAsrKind(model))}, ${literal(model.folder)})`,
        'print(model.recognize("audio.wav"))',
      );
    case 'onnx-sherpa':
      return sherpaSnippet(model);
    default:
      return undefined;
  }
}

function sherpaSnippet(model: ModelOnDisk): CodeSnippet {
  const options = model.files
    .filter(({ path: name }) => /(\.onnx|\.ort|tokens\.txt)$/.test(name))
    .map(({ path: name, absolutePath }) => `  ${sherpaOption(name)}=${quote(absolutePath)}`);
  return shell(['sherpa-onnx-offline', ...options, '  audio.wav'].join(' \\\n'));
}

function sherpaOption(name: string): string {
  const base = path.posix.basename(name).toLowerCase();
  if (base.endsWith('tokens.txt')) return '--tokens';
  if (base.includes('joiner')) return '--joiner';
  const isWhisper = /-(en|de)coder[.-]/.test(base) && !/^(en|de)coder/.test(base);
  if (base.includes('encode')) return isWhisper ? '--whisper-encoder' : '--encoder';
  if (base.includes('decode')) return isWhisper ? '--whisper-decoder' : '--decoder';
  return '--nemo-ctc-model';
}

function onnxAsrKind({ modelId, folder }: ModelOnDisk): string {
  const hint = `${modelId} ${folder}`.toLowerCase();
  if (hint.includes('canary')) return 'nemo-conformer-aed';
  if (hint.includes('ctc')) return 'nemo-conformer-ctc';
  return hint.includes('rnnt') ? 'nemo-conformer-rnnt' : 'nemo-conformer-tdt';
}

function largestFile(model: ModelOnDisk): string | undefined {
  return [...model.files].sort((a, b) => b.sizeBytes - a.sizeBytes)[0]?.absolutePath;
}

function python(...lines: string[]): CodeSnippet {
  return { languageId: 'python', text: `${lines.join('\n')}\n` };
}

function shell(line: string): CodeSnippet {
  return { languageId: 'shellscript', text: `${line}\n` };
}

/** A JSON string is a Python string too. */
function literal(text: string): string {
  return JSON.stringify(text);
}

/** One argument for a shell: in single quotes, which neither a POSIX shell nor PowerShell looks into. */
function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
