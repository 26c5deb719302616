import { causeText } from '../common/asrError';
import type { Logger } from '../common/logger';
import { ConnectFailure } from './failure';
import type { Transport, TransportResponse } from './transport';

/**
 * A {@link Transport} that uses `own` wherever it connects. An origin that `own` has never reached and can't connect to
 * is tried through `editor` (the editor's fetch knows PAC files and Kerberos), and stays there when that works. When
 * neither works, the error of `own` is thrown.
 */
export function createFallbackTransport(
  own: Transport,
  editor: Transport,
  logger: Logger,
): Transport {
  const chosen = new Map<string, Transport>();
  return {
    async request(request): Promise<TransportResponse> {
      const { origin, host } = new URL(request.url);
      const known = chosen.get(origin);
      if (known !== undefined) return known.request(request);
      let failure: ConnectFailure;
      try {
        const response = await own.request(request);
        chosen.set(origin, own);
        return response;
      } catch (error) {
        if (!(error instanceof ConnectFailure)) throw error;
        failure = error;
      }
      try {
        const response = await editor.request(request);
        if (response.status !== 407) {
          chosen.set(origin, editor);
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
