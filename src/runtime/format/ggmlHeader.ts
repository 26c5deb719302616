import { ggmlHeaderBytes } from '../../common/modelFile';
import { readHead } from '../../common/readAt';

/** The header of a ggml Whisper file (docs/model-formats.md section 3). */
interface GgmlHeader {
  readonly vocabulary: number;
  readonly audioLayers: number;
  readonly textLayers: number;
  readonly melBands: number;
  /** The vocabulary without `.en` has 51865 or 51866 entries. */
  readonly multilingual: boolean;
}

/** Parses the header; undefined when it is too short or its numbers are implausible. */
export function parseGgmlHeader(head: Uint8Array): GgmlHeader | undefined {
  if (head.length < ggmlHeaderBytes) return undefined;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const field = (index: number): number => view.getInt32(index * 4, true);
  const vocabulary = field(1);
  const audioLayers = field(5);
  const textLayers = field(9);
  const melBands = field(10);
  const plausible =
    vocabulary > 0 &&
    vocabulary < 1_000_000 &&
    audioLayers > 0 &&
    audioLayers < 1000 &&
    textLayers > 0 &&
    textLayers < 1000 &&
    melBands > 0 &&
    melBands < 1000;
  if (!plausible) return undefined;
  return {
    vocabulary,
    audioLayers,
    textLayers,
    melBands,
    multilingual: vocabulary >= 51_865,
  };
}

/** Reads and parses a file's header. Rejects as the file system does. */
export async function readGgmlHeader(path: string): Promise<GgmlHeader | undefined> {
  return parseGgmlHeader(await readHead(path, ggmlHeaderBytes));
}
