import { redact } from '../../common/redact';
import type { CommandContext, ExitCode } from '../commandContext';

/** Tries every step that a download needs; fails when one of them does. */
export async function doctor({ args, output, signal, core }: CommandContext): Promise<ExitCode> {
  const [endpoint] = args;
  const manager = await core(endpoint);
  output.phase('Trying the connection to the hub (up to half a minute)…');
  const { document, failedSteps } = await manager.diagnoseConnection(signal);
  output.endProgress();
  const text = redact(document);
  output.data({ type: 'connection_report', failedSteps, document: text });
  output.result(text.trimEnd());
  return failedSteps === 0 ? 0 : 1;
}
