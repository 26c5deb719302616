import path from 'node:path';
import { once } from 'node:events';
import { systemClock } from '../../common/clock';
import { defined } from '../../protocol/defined';
import type { CommandContext, ExitCode } from '../commandContext';
import { UsageError } from '../commandLine';
import { inWordsOfHere } from '../wording';

/** The server refuses tokens that could be guessed. */
const leastTokenLength = 16;

/**
 * Serves the models to other programs of this computer until the person ends it, which is its proper end. The token is
 * in a file that only this user can read, unless `ASR_MODELS_TOKEN` says which to use.
 */
export async function serve(context: CommandContext): Promise<ExitCode> {
  const { options, output, signal, surroundings } = context;
  const port = options.wholeNumber('port', 0, 65_535) ?? 0;
  const token = surroundings.env['ASR_MODELS_TOKEN']?.trim();
  if (token !== undefined && token !== '' && token.length < leastTokenLength) {
    throw new UsageError(`ASR_MODELS_TOKEN has less than ${leastTokenLength} characters.`, 'serve');
  }
  const [manager, { readAddress, servedModels, startServer }] = await Promise.all([
    context.core(),
    import('../../server'),
  ]);
  const addressFile = path.join(surroundings.home, '.asr-models', 'server.json');
  const server = await startServer({
    models: servedModels(manager),
    activeModelId: () => options.text('model') ?? '',
    localise: inWordsOfHere,
    logger: context.logger,
    clock: systemClock,
    version: surroundings.version,
    port,
    ...defined({ token: token === '' ? undefined : token }),
    uploadsFolder: path.join(surroundings.home, '.asr-models', 'uploads'),
    discoveryFiles: [addressFile],
  });
  try {
    const { url } = server;
    const isFound = (await readAddress(addressFile))?.token === server.token;
    output.data({ type: 'server', url, port: server.port, pid: process.pid });
    output.result(url);
    if (isFound) output.note(`The token is in ${addressFile}. Ctrl-C ends the server.`);
    else if (token === undefined || token === '') {
      output.note(
        `Another server is named in ${addressFile}, so the token of this one is not written down. Set ASR_MODELS_TOKEN to choose it.`,
      );
    }
    if (!signal.aborted) await once(signal, 'abort');
  } finally {
    await server.dispose();
  }
  return 0;
}
