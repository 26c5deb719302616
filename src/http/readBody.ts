import { AsrError } from '../common/asrError';
import { byteText } from '../common/byteText';
import { parseJson } from '../common/json';
import { localized } from '../common/localizedMessage';
import type { TransportResponse } from './transport';

/**
 * The whole body as UTF-8 text. A body longer than `maxBytes` is cut off and rejects with `unsupported`: an answer
 * from outside decides neither how much memory nor how much time it takes.
 */
export async function readText(response: TransportResponse, maxBytes: number): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body) {
    bytes += part.byteLength;
    if (bytes > maxBytes) {
      throw new AsrError(
        'unsupported',
        localized(
          'The server’s answer is longer than {0}, which can’t be right.',
          byteText(maxBytes),
        ),
      );
    }
    parts.push(part);
  }
  return Buffer.concat(parts, bytes).toString('utf8');
}

/** The body as JSON, to be checked by the caller; rejects with `unsupported` when it is too long or no JSON. */
export async function readJson(response: TransportResponse, maxBytes: number): Promise<unknown> {
  const value = parseJson(await readText(response, maxBytes));
  if (value === undefined) {
    throw new AsrError(
      'unsupported',
      localized(
        'The server answered with something that is not JSON. A sign-in page of the network may be in the way.',
      ),
    );
  }
  return value;
}
