/**
 * The table of allowed imports (ARCHITECTURE.md, "The modules"). `modules` are those whose main file a module may use;
 * the vocabulary (`common`, `protocol`) may be imported file by file. `mainFiles` are further files that other modules
 * may use. `packages` are the npm packages a module may use. `node`: whether it may use Node's own modules.
 */
interface ModuleRules {
  readonly modules: readonly string[];
  readonly packages: readonly string[];
  readonly node: boolean;
  readonly mainFiles?: readonly string[];
}

export const vocabulary = new Set(['common', 'protocol']);

/** The types of the API for other extensions, which are published as a file of their own; `vscode` implements them. */
export const publishedTypes = { file: 'asr-model-api', module: 'vscode' };

export const modules: Readonly<Record<string, ModuleRules | undefined>> = {
  protocol: { modules: [], packages: ['pretty-bytes'], node: false },
  common: { modules: ['protocol'], packages: [], node: true },
  http: {
    modules: ['common', 'protocol'],
    packages: ['undici'],
    node: true,
    // sockets.ts is for the worker alone: importing undici claims process-wide dispatcher slots.
    mainFiles: ['sockets'],
  },
  hub: { modules: ['common', 'protocol', 'http'], packages: [], node: true },
  catalog: {
    modules: ['common', 'protocol', 'http'],
    packages: ['@cfworker/json-schema', 'jsonc-parser'],
    node: true,
  },
  download: { modules: ['common', 'protocol', 'http'], packages: [], node: true },
  cache: {
    modules: ['common', 'protocol'],
    packages: ['tar-stream', 'unbzip2-stream'],
    node: true,
  },
  windows: { modules: ['common', 'protocol', 'catalog', 'cache'], packages: [], node: true },
  runtime: {
    modules: ['common', 'protocol'],
    packages: ['sherpa-onnx-node', 'sherpa-onnx', '@fugood/whisper.node', 'transcribe-cpp'],
    node: true,
  },
  models: {
    modules: [
      'common',
      'protocol',
      'catalog',
      'hub',
      'download',
      'cache',
      'windows',
      'runtime',
      'http',
    ],
    packages: [],
    node: true,
    // createManager.ts builds the core: a bundle of its own, which is loaded by the first use.
    mainFiles: ['createManager'],
  },
  vscode: {
    modules: ['common', 'protocol', 'models', 'server'],
    packages: ['vscode'],
    node: true,
  },
  server: { modules: ['common', 'protocol', 'models'], packages: ['ws'], node: true },
  cli: { modules: ['common', 'protocol', 'models', 'server'], packages: [], node: true },
  extension: {
    modules: ['common', 'protocol', 'models', 'vscode', 'http', 'server'],
    packages: ['vscode'],
    node: true,
  },
  'webview-ui': {
    modules: ['protocol'],
    packages: ['preact', '@vscode/webview-ui-toolkit'],
    node: false,
  },
};

/** The module a file of the project lies in, or undefined for tests and scripts, which may import anything. */
export function moduleOf(relativePath: string): string | undefined {
  const parts = relativePath.split('/');
  if (parts[0] === 'webview-ui') return 'webview-ui';
  if (parts[0] !== 'src') return undefined;
  if (parts.length === 2) return parts[1] === 'extension.ts' ? 'extension' : undefined;
  return parts[1];
}
