import { readFile } from 'node:fs/promises';
import type { Environment } from './hubEnvironment';
import type { Logger } from './logger';

/** The proxy that the environment names, as most programs read it; undefined without one. */
export function environmentProxy(environment: Environment): string | undefined {
  for (const name of [
    'https_proxy',
    'HTTPS_PROXY',
    'http_proxy',
    'HTTP_PROXY',
    'all_proxy',
    'ALL_PROXY',
  ]) {
    const value = filled(environment[name]);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** The hosts that are reached without it. */
export function environmentNoProxy(environment: Environment): readonly string[] {
  const value = environment['no_proxy'] ?? environment['NO_PROXY'] ?? '';
  return value.split(',').flatMap((pattern) => filled(pattern) ?? []);
}

/** Node reads `NODE_EXTRA_CA_CERTS` only at its own start; the worker gets it as a value, like `SSL_CERT_FILE`. */
export async function environmentCertificates(
  environment: Environment,
  logger: Logger,
): Promise<readonly string[]> {
  const files = [environment['NODE_EXTRA_CA_CERTS'], environment['SSL_CERT_FILE']].flatMap(
    (path) => filled(path) ?? [],
  );
  const contents: string[] = [];
  for (const path of new Set(files)) {
    try {
      contents.push(await readFile(path, 'utf8'));
    } catch {
      logger.warn('a file of extra certificates that the environment names can not be read');
    }
  }
  return contents;
}

function filled(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === '' ? undefined : value.trim();
}
