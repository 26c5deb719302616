/**
 * Who may import whom (ARCHITECTURE.md, "The rooms"). `rooms` are the rooms whose main file a room may use; the
 * vocabulary rooms (`base`, `protocol`) may be imported file by file. `faces` are further files that other rooms may use. `packages` are the npm packages a room may use.
 */
export const vocabulary = new Set(['base', 'protocol']);

export const rooms = {
  protocol: { rooms: [], packages: [], node: false },
  base: { rooms: ['protocol'], packages: ['pretty-bytes'], node: true },
  transport: {
    rooms: ['base', 'protocol'],
    packages: ['undici'],
    node: true,
    // sockets.ts is for the worker alone: importing undici claims process-wide dispatcher slots.
    faces: ['sockets'],
  },
  hub: { rooms: ['base', 'protocol', 'transport'], packages: [], node: true },
  catalog: {
    rooms: ['base', 'protocol', 'transport'],
    packages: ['@cfworker/json-schema', 'jsonc-parser'],
    node: true,
  },
  download: { rooms: ['base', 'protocol', 'transport'], packages: [], node: true },
  store: { rooms: ['base', 'protocol'], packages: [], node: true },
  runtime: {
    rooms: ['base', 'protocol'],
    packages: ['sherpa-onnx-node', 'sherpa-onnx', '@fugood/whisper.node'],
    node: true,
  },
  manager: {
    rooms: ['base', 'protocol', 'catalog', 'hub', 'download', 'store', 'runtime', 'transport'],
    packages: [],
    node: true,
  },
  vscode: {
    rooms: ['base', 'protocol', 'manager'],
    packages: ['vscode', 'pretty-bytes'],
    node: true,
  },
  extension: {
    rooms: ['base', 'protocol', 'manager', 'vscode', 'transport'],
    packages: ['vscode'],
    node: true,
  },
  'webview-ui': {
    rooms: ['protocol'],
    packages: ['preact', '@vscode/webview-ui-toolkit', 'pretty-bytes'],
    node: false,
  },
};

/** The room a file of the project lies in, or undefined for tests and scripts, which may import anything. */
export function roomOf(relativePath) {
  const parts = relativePath.split('/');
  if (parts[0] === 'webview-ui') return 'webview-ui';
  if (parts[0] !== 'src') return undefined;
  if (parts.length === 2) return parts[1] === 'extension.ts' ? 'extension' : undefined;
  return parts[1];
}
