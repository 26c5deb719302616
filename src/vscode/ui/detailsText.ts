import { homedir } from 'node:os';
import { type AsrError, causeText } from '../../common/asrError';
import { redact } from '../../common/redact';
import { withoutUserNames } from '../../common/userNames';

/** The text that a person may paste into a report: code, message and causes, without credentials or a user’s name. */
export function detailsText(failure: AsrError): string {
  const lines = [`${failure.code}: ${failure.message}`, `cause: ${causeText(failure.cause)}`];
  return withoutUserNames(redact(lines.join('\n')), homedir());
}
