/**
 * The sample hub as a program: `tsx test/hub/sample/main.ts [--port 8765] [--megabytes-per-second 60]
 * [--large-bytes 2000000000]`. Prints its addresses, one a line, and ends on SIGINT, SIGTERM or SIGHUP.
 */
import { parseArgs } from 'node:util';
import { sampleToken, startSampleHub } from './sampleHub';

/** A fixed port, so that an interrupted download finds its hub again after a restart. */
const defaultPort = 8765;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: String(defaultPort) },
      'megabytes-per-second': { type: 'string', default: '60' },
      'large-bytes': { type: 'string' },
    },
  });
  const largeBytes = values['large-bytes'];
  const sample = await startSampleHub({
    port: wholeNumber('port', values.port),
    bytesPerSecond: wholeNumber('megabytes-per-second', values['megabytes-per-second']) * 1e6,
    ...(largeBytes === undefined ? {} : { largeBytes: wholeNumber('large-bytes', largeBytes) }),
  });
  console.log(`Sample hub: ${sample.url}`);
  console.log(`Sample catalog: ${sample.catalogUrl}`);
  console.log(`Token for the gated sample: ${sampleToken}`);

  const end = (): void => {
    void sample.close().then(() => process.exit(0));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, end);
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`--${name} must be a whole number, not "${text}"`);
  }
  return value;
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
