import { readFile } from 'node:fs/promises';
import * as vscode from 'vscode';
import type { Logger } from '../../common/logger';
import type { NetworkSettings } from '../../models';
import { defined } from '../../protocol/defined';
import type { Environment } from './settings';

/**
 * The network settings as plain values for the worker: `http.proxy`, `http.noProxy`, `http.proxyAuthorization`,
 * `http.proxyStrictSSL`, `http.systemCertificates`, and the environment behind them. The editor adds its proxy only to
 * the clients of the extension host's main thread, so the worker must be told.
 */
export async function readNetworkSettings(
  environment: Environment,
  logger: Logger,
): Promise<NetworkSettings> {
  const http = vscode.workspace.getConfiguration('http');
  const support = http.get<unknown>('proxySupport');
  const configured = textOf(http.get('proxy'));
  const proxyUrl = support === 'off' ? undefined : (configured ?? environmentProxy(environment));
  const authorization = textOf(http.get('proxyAuthorization'));
  const noProxy = listOf(http.get('noProxy'));
  return {
    ...defined({ proxyUrl, proxyAuthorization: authorization }),
    noProxy: noProxy.length > 0 ? noProxy : environmentNoProxy(environment),
    strictTls: http.get<unknown>('proxyStrictSSL') !== false,
    extraCertificates: await extraCertificates(environment, logger),
    systemCertificates: http.get<unknown>('systemCertificates') !== false,
  };
}

function environmentProxy(environment: Environment): string | undefined {
  for (const name of [
    'https_proxy',
    'HTTPS_PROXY',
    'http_proxy',
    'HTTP_PROXY',
    'all_proxy',
    'ALL_PROXY',
  ]) {
    const value = textOf(environment[name]);
    if (value !== undefined) return value;
  }
  return undefined;
}

function environmentNoProxy(environment: Environment): readonly string[] {
  const value = environment['no_proxy'] ?? environment['NO_PROXY'] ?? '';
  return value.split(',').flatMap((pattern) => textOf(pattern) ?? []);
}

/** Node reads `NODE_EXTRA_CA_CERTS` only at its own start; the worker gets it as a value, like `SSL_CERT_FILE`. */
async function extraCertificates(
  environment: Environment,
  logger: Logger,
): Promise<readonly string[]> {
  const files = [environment['NODE_EXTRA_CA_CERTS'], environment['SSL_CERT_FILE']].flatMap(
    (path) => textOf(path) ?? [],
  );
  const found: string[] = [];
  for (const path of new Set(files)) {
    try {
      found.push(await readFile(path, 'utf8'));
    } catch {
      logger.warn('a file of extra certificates that the environment names can not be read');
    }
  }
  return found;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

function listOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.flatMap((item) => textOf(item) ?? []) : [];
}
