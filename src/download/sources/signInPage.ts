import { AsrError } from '../../common/asrError';
import { localized } from '../../common/localizedMessage';

/** The error of a web page in the place of a file: a captive portal, in nearly every case. */
export function signInPage(host: string): AsrError {
  return new AsrError(
    'network',
    localized(
      'A web page came from {0} instead of the file. The network’s sign-in page may be in the way: open a browser.',
      host,
    ),
    { details: { host } },
  );
}
