/**
 * A window in a process of its own. Arguments: a {@link CorePlace} as JSON, and the id of a model that it downloads.
 * Prints every record of its own and of other windows' downloads, a line of JSON each. Ends when it is asked to by a
 * line `close` (as a window that is closed) or by a signal (as one that crashed).
 */
import { createInterface } from 'node:readline';
import { type CorePlace, testCore } from './testCore';

const [place = '', modelId = ''] = process.argv.slice(2);
const manager = testCore(JSON.parse(place) as CorePlace);
manager.onDidChangeDownload((record) => {
  process.stdout.write(`${JSON.stringify(record)}\n`);
});
createInterface({ input: process.stdin }).on('line', (line) => {
  if (line === 'close') void manager.shutDown().then(() => process.exit(0));
});
void manager.download(modelId).then(({ finished }) => finished.catch(() => undefined));
