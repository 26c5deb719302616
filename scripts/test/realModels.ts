import path from 'node:path';
import { havePackages, type Package } from './npmPackages';

/** Packages that happen to hold real weights, detectors and speech; they are unpacked and never run. */
const packages: readonly Package[] = [
  {
    name: '@usefulsensors/moonshine-js',
    version: '0.1.16',
    holds: 'Moonshine tiny and base, 67 MB',
    integrity:
      'sha512-iQIF4XHwyPxBm1l/ECJPjJLQj8RvlYj2guRsiUgrfa9vSE3gYXeaoV2DHjNgi7NIUTyl648AG2t+Ndbrj+L7TA==',
  },
  {
    name: 'llama-tokenizer-js',
    version: '1.2.2',
    holds: 'the vocabulary of Moonshine',
    integrity:
      'sha512-Wmth393dc3odWU3IzARJ3r2oIfWgw9GdJ5Gm+hGhfECNO18UHLRqEFSf511jn4E9KcQGzuuKw4Wl08pHAemLAw==',
  },
  {
    name: '@ricky0123/vad-web',
    version: '0.0.31',
    holds: 'the Silero voice detectors 4 and 6',
    integrity:
      'sha512-ePVq8TvB21sdHSxVMZOEIf9JVa7MAYpaIaNXeGgsPOiMCN8xbPCdF2LS5aYj7VRR3ZxzutedgV9ZplV65IA1Fg==',
  },
  {
    name: 'nodejs-whisper',
    version: '0.3.1',
    holds: 'a recording of 11 s',
    integrity:
      'sha512-ceoilUVraRuR5FnNyXpGQT2auAR48Oc3AQBEmkXnVpSn9iN6yVRzQBFCqVTGWbk6Wdi95NhvwXNzFvuR7erLWw==',
  },
];

/** The folder in which the packages are kept between runs. */
export const realModelsFolder = path.resolve('.vscode-test', 'models');

/**
 * Has the packages with real models below {@link realModelsFolder}. Rejects with a sentence when the npm registry can't be
 * reached, or sends something else.
 */
export async function haveRealModels(print: (line: string) => void): Promise<void> {
  await havePackages(packages, realModelsFolder, print);
}
