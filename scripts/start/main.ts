/**
 * `npm start`: builds the extension, starts the sample hub and opens VS Code with both: the desktop build when there
 * is one, otherwise the VS Code server, whose address it prints. Ctrl-C ends everything. Options: `--port N` (of the
 * workbench), `--rate 10MB` (of the sample hub, per second), `--server` (even when there is a desktop build),
 * `--folder F` (where settings and models are kept for the next start).
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { sampleCatalogName, sampleToken, startSampleHub } from '../../test/hub/sample';
import { print } from '../print';
import { findDesktop, openDesktop, openServer } from './openEditor';
import { rateOf } from './rate';
import { untilSignal } from './untilSignal';

/** A fixed port, so that a download that Ctrl-C interrupted finds its hub again. */
const hubPort = 8765;

async function main(): Promise<void> {
  const interrupted = untilSignal();
  const options = parseArgs({
    options: {
      port: { type: 'string' },
      rate: { type: 'string', default: '60MB' },
      server: { type: 'boolean', default: false },
      folder: { type: 'string', default: path.join('.vscode-test', 'start') },
    },
  }).values;
  const bytesPerSecond = rateOf(options.rate);
  const port = options.port === undefined ? undefined : Number(options.port);

  const folder = path.resolve(options.folder);

  const sample = await startSampleHub({ port: hubPort, bytesPerSecond });
  const settings = { 'asr.catalog.additional': [sample.catalogUrl] };
  const desktop = options.server ? undefined : await findDesktop();
  const opened =
    desktop === undefined
      ? await openServer({ folder, settings, port, print })
      : await openDesktop({ folder, settings, program: desktop, print });

  print('');
  print(`  VS Code:        ${opened.where}`);
  print(
    `  Sample hub:     ${sample.url} at ${options.rate}/s, in the pickers as "${sampleCatalogName}"`,
  );
  print(`  Gated sample:   opens with the token ${sampleToken}`);
  print('');
  print('  Press F1 and run "ASR: Download Model". Ctrl-C here ends everything.');
  print('');

  await Promise.race([interrupted, opened.closed]);
  await opened.stop();
  await sample.close();
  // Keep-alive connections of a browser that is still open must not keep this process alive.
  process.exit(0);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
