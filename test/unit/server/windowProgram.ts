/**
 * A window in a process of its own that serves together with others on one folder (the argument). Sends every state to
 * its parent. Ends as a window that is closed when it gets the message `close`.
 */
import path from 'node:path';
import { folderLease } from '../../../src/cache';
import { systemClock } from '../../../src/common/clock';
import { englishText } from '../../../src/common/localizedMessage';
import { silentLogger } from '../../../src/common/logger';
import { ModelManager } from '../../../src/models';
import {
  servedModels,
  type SharedAddress,
  SharedServer,
  type SharedState,
  startServer,
} from '../../../src/server';
import { FakeWorld } from '../models/fakePorts';

/** The message that the parent gets. */
export interface WindowMessage {
  readonly kind: SharedState['kind'];
  readonly address?: SharedAddress;
}

const [, , folder = ''] = process.argv;
const addressFile = path.join(folder, 'server.json');
const manager = new ModelManager(new FakeWorld().ports);
const shared = new SharedServer({
  tryLease: folderLease(folder, 'server', silentLogger),
  start: (succession) =>
    startServer({
      ...succession,
      models: servedModels(manager),
      localise: englishText,
      logger: silentLogger,
      clock: systemClock,
      version: '1',
      uploadsFolder: path.join(folder, 'uploads'),
      discoveryFiles: [addressFile],
    }),
  addressFile,
  clock: systemClock,
  logger: silentLogger,
});
shared.onDidChange((state) => {
  if (!('address' in state)) process.send?.({ kind: state.kind });
  else {
    const { url, port, token } = state.address;
    process.send?.({ kind: state.kind, address: { url, port, token } });
  }
});
process.on('message', () => {
  void shared.stop().then(() => process.exit(0));
});
void shared.poll();
