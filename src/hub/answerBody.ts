import { AsrError, Cancelled } from '../common/asrError';
import type { Clock } from '../common/clock';
import type { Disposable } from '../common/disposable';
import { localized } from '../common/localizedMessage';
import { readText, type TransportBody, type TransportResponse } from '../http';

/** How long an answer may pause between two pieces: a page of a listing is small, so silence is a dead line. */
const silenceMs = 30_000;

/**
 * The body as text, at most `maxBytes` long. Rejects with `stalled` when nothing comes for 30 s, `Cancelled` when the
 * signal is aborted, `unsupported` when it is too long.
 */
export async function readAnswerText(
  response: TransportResponse,
  maxBytes: number,
  host: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<string> {
  const line = { silent: false };
  let timer: Disposable | undefined;
  function watch(): void {
    timer?.dispose();
    timer = clock.after(silenceMs, () => {
      line.silent = true;
      response.discard();
    });
  }
  async function* watched(): TransportBody {
    for await (const part of response.body) {
      watch();
      yield part;
    }
  }
  watch();
  try {
    const text = await readText({ ...response, body: watched() }, maxBytes);
    if (line.silent) throw new Cancelled();
    return text;
  } catch (error) {
    if (line.silent && !signal.aborted) {
      throw new AsrError(
        'stalled',
        localized('{0} stopped sending in the middle of its answer.', host),
        { cause: error, details: { host } },
      );
    }
    throw error;
  } finally {
    timer?.dispose();
  }
}
