import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { codeSnippet, formatLoadability, type ModelOnDisk } from '../../../src/runtime';
import { commandText, shellKind } from '../../../src/runtime/snippet/shell';

function model(format: string, folder: string, ...files: readonly string[]): ModelOnDisk {
  return {
    modelId: 'some-model',
    name: 'Some model',
    format,
    folder,
    files: files.map((path, index) => ({
      path,
      role: '',
      absolutePath: `${folder}/${path}`,
      sizeBytes: 100 - index,
    })),
  };
}

describe('code that loads a model in another program', () => {
  it('names the program of each format and the model’s place', () => {
    const cases = [
      ['ggml', 'whisper-cli -m /m/ggml-tiny.bin', 'ggml-tiny.bin'],
      ['ctranslate2', 'WhisperModel("/m"', 'model.bin'],
      ['transformers', 'model="/m"', 'model.safetensors'],
      ['nemo', 'restore_from("/m/parakeet.nemo")', 'parakeet.nemo'],
      ['onnx-asr', 'load_model("nemo-conformer-tdt", "/m")', 'encoder-model.onnx'],
      ['gguf-transcribe-cpp', '-m /m/x.gguf', 'x.gguf'],
      ['onnx-moonshine', 'Transcriber("/m", ModelArch.BASE_STREAMING)', 'encoder.ort'],
    ] as const;
    for (const [format, expected, file] of cases) {
      const snippet = codeSnippet(model(format, '/m', file), undefined, 'posix');
      assert.ok(snippet?.text.includes(expected), `${format}: ${String(snippet?.text)}`);
    }
    assert.equal(codeSnippet(model('unknown', '/m', 'x')), undefined);
  });

  it('gives sherpa-onnx each family’s own options', () => {
    const text = (modelId: string, ...files: readonly string[]): string | undefined =>
      codeSnippet({ ...model('onnx-sherpa', '/m', ...files), modelId }, undefined, 'posix')?.text;
    const trio = ['encoder.int8.onnx', 'decoder.onnx', 'joiner.onnx', 'tokens.txt'];
    assert.equal(
      text('sherpa-parakeet', ...trio),
      [
        'sherpa-onnx-offline',
        '--tokens=/m/tokens.txt',
        '--encoder=/m/encoder.int8.onnx',
        '--decoder=/m/decoder.onnx',
        '--joiner=/m/joiner.onnx',
        '--model-type=nemo_transducer',
        'audio.wav\n',
      ].join(' \\\n  '),
    );
    assert.match(text('sherpa-streaming-zipformer', ...trio) ?? '', /^sherpa-onnx \\/);
    const one = (id: string): string | undefined => text(id, 'model.int8.onnx', 'tokens.txt');
    assert.match(one('sense-voice') ?? '', /--sense-voice-model=\/m\/model\.int8\.onnx/);
    assert.match(one('paraformer') ?? '', /--paraformer=/);
    assert.match(
      text('whisper', 'tiny-encoder.onnx', 'tiny-decoder.onnx', 't-tokens.txt') ?? '',
      /--whisper-decoder=/,
    );
    assert.equal(text('sherpa-parakeet', 'encoder.onnx', 'tokens.txt'), undefined);
  });

  it('tells transformers.js the weights that are here', () => {
    const found = codeSnippet(
      model(
        'onnx-transformers',
        '/cache/snapshots/c0ffee',
        'onnx/encoder_model.onnx',
        'onnx/decoder_model_merged_quantized.onnx',
        'config.json',
      ),
    );
    assert.equal(found?.languageId, 'javascript');
    assert.match(found.text, /localModelPath = "\/cache\/snapshots";/);
    assert.match(found.text, /'automatic-speech-recognition', "c0ffee"/);
    assert.match(found.text, /\{"encoder_model":"fp32","decoder_model_merged":"q8"\}/);
    const refused = formatLoadability({ id: 'x', name: 'X', format: 'onnx-transformers' });
    assert.ok(!refused.loadable);
    assert.match(refused.reason.template, /another program/);
  });

  it('survives any path', () => {
    const folder = `/models/it's "$(odd)" \\ folder`;
    const shell = codeSnippet(model('ggml', folder, 'a b.bin'), undefined, 'posix')?.text ?? '';
    const printed = execFileSync('sh', [
      '-c',
      `show() { printf '%s\\n' "$@"; }\n${shell.replace('whisper-cli', 'show')}`,
    ]).toString();
    assert.equal(printed, `-m\n${folder}/a b.bin\n-f\naudio.wav\n`);
    const python = codeSnippet(model('ctranslate2', folder, 'model.bin'))?.text ?? '';
    assert.ok(python.includes(JSON.stringify(folder)));
  });

  it('a format alone says whether the button is there', () => {
    assert.deepEqual(formatLoadability({ id: 'x', name: 'X', format: 'ggml' }), {
      loadable: true,
      engine: 'whisper.cpp',
    });
    const refused = formatLoadability({ id: 'x', name: 'X', format: 'nemo' });
    assert.ok(!refused.loadable);
    assert.match(refused.reason.template, /needs Python/);
  });
});

describe('a command for a shell', () => {
  it('is written for the one that the person has', () => {
    const cases: readonly (readonly [string | undefined, NodeJS.Platform, string])[] = [
      ['/bin/bash', 'linux', 'posix'],
      ['/usr/bin/pwsh', 'linux', 'powershell'],
      [
        String.raw`C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe`,
        'win32',
        'powershell',
      ],
      [String.raw`C:\Program Files\PowerShell\7\pwsh.exe`, 'win32', 'powershell'],
      [String.raw`C:\WINDOWS\System32\cmd.exe`, 'win32', 'cmd'],
      [String.raw`C:\Program Files\Git\bin\bash.exe`, 'win32', 'posix'],
      ['', 'win32', 'powershell'],
      [undefined, 'darwin', 'posix'],
    ];
    for (const [program, platform, kind] of cases) {
      assert.equal(shellKind(program, platform), kind, program);
    }
  });

  it('continues in the next line as each shell has it', () => {
    const snippet = (shell: 'powershell' | 'cmd'): string | undefined =>
      codeSnippet(
        {
          ...model('onnx-sherpa', 'C:\\Users\\A B', 'model.onnx', 'tokens.txt'),
          modelId: 'sense-voice',
        },
        undefined,
        shell,
      )?.text;
    assert.equal(
      snippet('powershell'),
      "sherpa-onnx-offline `\n  '--tokens=C:\\Users\\A B/tokens.txt' `\n  " +
        "'--sense-voice-model=C:\\Users\\A B/model.onnx' `\n  audio.wav\n",
    );
    assert.match(snippet('cmd') ?? '', /^sherpa-onnx-offline \^\n {2}"--tokens=/);
  });

  /** Texts of characters that a path may have somewhere and a shell gives a meaning. */
  const odd = fc.string({
    unit: fc.constantFrom(...Array.from('ab \\/:%^&|<>()!"\'`$;,=@#{}[]*?~-+é’‘')),
    minLength: 1,
  });

  it('reaches the program as it is in bash', function () {
    if (process.platform === 'win32') this.skip(); // Windows has no sh; the quoting is the same everywhere.
    const show = `show() { for each in "$@"; do printf '%s\\0' "$each"; done; }\n`;
    fc.assert(
      fc.property(fc.array(odd, { minLength: 1, maxLength: 20 }), (args) => {
        const script = show + commandText('posix', ['show', ...args], 'lines');
        const printed = execFileSync('bash', ['-c', script]).toString().split('\0').slice(0, -1);
        assert.deepEqual(printed, args);
      }),
      { numRuns: 40 },
    );
  });

  it('reaches the program as it is in PowerShell, by its rules for single quotes', () => {
    fc.assert(
      fc.property(odd, (argument) => {
        const [, text = ''] = commandText('powershell', ['x', argument]).split(/^x /);
        assert.equal(powershellArgument(text), argument);
      }),
    );
  });

  it('reaches the program as it is in cmd, by its rules and those of Windows’ programs', () => {
    fc.assert(
      fc.property(odd, (argument) => {
        const [, text = ''] = commandText('cmd', ['x', argument]).split(/^x /);
        // Windows has no name with a quotation mark in it, which would end cmd's quotes.
        if (!argument.includes('"')) assert.deepEqual(windowsArguments(afterCmd(text)), [argument]);
      }),
      // Back-slashes before a per cent sign stand before the quotation mark that lets it out of the quotes.
      { examples: [['\\\\%a'], ['\\\\\\%%\\\\']] },
    );
  });
});

/** PowerShell's about_Quoting_Rules: in single quotes all is as it is, and two quotes are one; outside, little is plain. */
function powershellArgument(text: string): string {
  if (!/^['\u2018-\u201b]/.test(text)) {
    assert.match(text, /^[\w:./\\-]+$/);
    return text;
  }
  const inside = text.slice(1, -1);
  assert.doesNotMatch(inside.replace(/(['\u2018-\u201b])\1/g, ''), /['\u2018-\u201b]/);
  return inside.replace(/(['\u2018-\u201b])\1/g, '$1');
}

/** The line as cmd reads it: a caret outside of quotes makes the next character plain; no `%NAME%` may be left. */
function afterCmd(line: string): string {
  // A variable's name is what stands between two per cent signs: with a quotation mark in it, there is none such.
  for (const [, name = ''] of line.matchAll(/%([^%]*)(?=%)/g)) assert.match(name, /"/);
  let [result, isQuoted] = ['', false];
  for (let at = 0; at < line.length; at += 1) {
    const char = line[at] ?? '';
    if (char === '"') isQuoted = !isQuoted;
    if (char === '^' && !isQuoted) result += line[(at += 1)] ?? '';
    else {
      assert.ok(isQuoted || !/[&|<>()]/.test(char), line);
      result += char;
    }
  }
  return result;
}

/** How programs of Windows take their command line apart (the rules of CommandLineToArgvW). */
function windowsArguments(line: string): readonly string[] {
  const found: string[] = [];
  let [current, isQuoted, isOpen] = ['', false, false];
  for (let at = 0; at < line.length; at += 1) {
    const slashes = /^\\*/.exec(line.slice(at))?.[0].length ?? 0;
    const next = line[at + slashes];
    if (slashes > 0) {
      current += '\\'.repeat(next === '"' ? slashes >> 1 : slashes);
      isOpen = true;
      at += slashes - 1;
      if (next === '"' && slashes % 2 === 1) {
        current += '"';
        at += 1;
      }
    } else if (next === '"') [isQuoted, isOpen] = [!isQuoted, true];
    else if (next === ' ' && !isQuoted) {
      if (isOpen) found.push(current);
      [current, isOpen] = ['', false];
    } else [current, isOpen] = [current + (next ?? ''), true];
  }
  if (isOpen) found.push(current);
  return found;
}
