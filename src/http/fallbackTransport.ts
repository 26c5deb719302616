import { causeText } from '../common/asrError';
import type { Logger } from '../common/logger';
import { ConnectFailure } from './failure';
import type { Transport, TransportResponse } from './transport';

/**
 * Two ways out of this machine. `own` is taken wherever it connects; an origin that it has never reached and can't
 * connect to is tried through `editor` (the editor's fetch knows PAC files and Kerberos), and stays there when that
 * works. When neither works, the first way's error is told.
 */
export function createFallbackTransport(
  own: Transport,
  editor: Transport,
  logger: Logger,
): Transport {
  const ways = new Map<string, Transport>();
  return {
    async request(request): Promise<TransportResponse> {
      const { origin, host } = new URL(request.url);
      const way = ways.get(origin);
      if (way !== undefined) return way.request(request);
      let failure: ConnectFailure;
      try {
        const response = await own.request(request);
        ways.set(origin, own);
        return response;
      } catch (error) {
        if (!(error instanceof ConnectFailure)) throw error;
        failure = error;
      }
      try {
        const response = await editor.request(request);
        if (response.status !== 407) {
          ways.set(origin, editor);
          logger.info(
            `transport: ${host} is reached through the editor's own fetch, because: ${causeText(failure)}`,
          );
          return response;
        }
        response.discard();
      } catch (error) {
        logger.debug(`transport: the editor's own fetch can't reach ${host}: ${causeText(error)}`);
      }
      throw failure;
    },
    async close() {
      await Promise.all([own.close(), editor.close()]);
    },
  };
}
