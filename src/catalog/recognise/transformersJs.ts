import type { Folder } from './folders';
import { tokenizerParts } from './pythonLayouts';
import { type RecognisedVariant, variantOf } from './variant';

/** The precisions of transformers.js by the suffix of the graph's file name (docs/model-formats.md section 1.3). */
const precisions: Readonly<Record<string, string>> = {
  '': 'fp32',
  _fp16: 'fp16',
  _quantized: 'q8',
  _int8: 'int8',
  _uint8: 'uint8',
  _q4: 'q4',
  _q4f16: 'q4f16',
  _bnb4: 'bnb4',
};

function pairs(onnx: Folder): readonly (readonly [encoder: string, decoder: string])[] {
  const suffixes = Object.keys(precisions);
  const encoders = suffixes.filter((suffix) => onnx.has(`encoder_model${suffix}.onnx`));
  const decoders = suffixes.filter((suffix) => onnx.has(`decoder_model_merged${suffix}.onnx`));
  const mixed = encoders.includes('') ? decoders.filter((suffix) => suffix.startsWith('_q4')) : [];
  return [
    ...encoders
      .filter((suffix) => decoders.includes(suffix))
      .map((suffix) => [suffix, suffix] as const),
    ...mixed.map((suffix) => ['', suffix] as const),
  ];
}

/** A folder with the names of another one put below it, as one: `onnx/encoder_model.onnx` beside `config.json`. */
function joined(root: Folder, onnx: Folder): Folder {
  const names = new Map([
    ...root.names,
    ...[...onnx.names].map(([name, file]) => [`onnx/${name}`, file] as const),
  ]);
  return { prefix: root.prefix, names, has: (name) => names.has(name) };
}

/**
 * What transformers.js loads from a folder and its `onnx/`: encoder and decoder of the same precision, and the plain
 * encoder with a 4-bit decoder, which is its own advice for Whisper.
 */
export function transformersJs(root: Folder, onnx: Folder): readonly RecognisedVariant[] {
  const folder = joined(root, onnx);
  return pairs(onnx)
    .map(([encoder, decoder]) => {
      const graphs = [
        { name: `onnx/encoder_model${encoder}.onnx`, role: 'encoder' },
        { name: `onnx/decoder_model_merged${decoder}.onnx`, role: 'decoder' },
      ];
      const data = graphs
        .map(({ name, role }) => ({ name: `${name}_data`, role: `${role}-weights` }))
        .filter(({ name }) => folder.has(name));
      const quantization = precisions[decoder];
      const label = encoder === decoder ? quantization : `${quantization ?? ''} decoder`;
      return variantOf({ format: 'onnx-transformers', label: label ?? '', quantization }, folder, [
        ...graphs,
        ...data,
        { name: 'config.json', role: 'config' },
        ...tokenizerParts(root),
      ]);
    })
    .filter((variant) => variant !== undefined);
}
