import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import type * as vscode from 'vscode';
import type { Environment } from './settings';

const secretKey = 'asr.hub.token';

/** Where the token in use comes from, for showing; never the token itself. */
export type TokenOrigin = 'secretStorage' | 'environment' | 'file';

/**
 * The Hub's token: ours in SecretStorage, else `HF_TOKEN`, else the Hub's own token file, the last two read-only
 * (hub-protocol 3.5). Given out for the configured endpoint's origin alone, over https or to loopback.
 */
export class Tokens {
  readonly #secrets: vscode.SecretStorage;
  readonly #environment: Environment;
  readonly #endpoint: () => string;

  constructor(secrets: vscode.SecretStorage, environment: Environment, endpoint: () => string) {
    this.#secrets = secrets;
    this.#environment = environment;
    this.#endpoint = endpoint;
  }

  /** For the core: a token for an origin, or none. */
  async forOrigin(origin: string): Promise<string | undefined> {
    const allowed = new URL(this.#endpoint());
    if (allowed.origin !== origin || !isSafe(allowed)) return undefined;
    return (await this.find())?.token;
  }

  async find(): Promise<{ readonly token: string; readonly origin: TokenOrigin } | undefined> {
    const stored = clean(await this.#secrets.get(secretKey));
    if (stored !== undefined) return { token: stored, origin: 'secretStorage' };
    if (isTrue(this.#environment['HF_HUB_DISABLE_IMPLICIT_TOKEN'])) return undefined;
    const named = clean(
      this.#environment['HF_TOKEN'] ?? this.#environment['HUGGING_FACE_HUB_TOKEN'],
    );
    if (named !== undefined) return { token: named, origin: 'environment' };
    const filed = clean(await readFile(this.#tokenFile(), 'utf8').catch(() => undefined));
    return filed === undefined ? undefined : { token: filed, origin: 'file' };
  }

  store(token: string): Thenable<void> {
    return this.#secrets.store(secretKey, token);
  }

  clear(): Thenable<void> {
    return this.#secrets.delete(secretKey);
  }

  #tokenFile(): string {
    const { HF_TOKEN_PATH: file, HF_HOME: home, XDG_CACHE_HOME: cache } = this.#environment;
    if (file !== undefined) return file;
    return path.join(
      home ?? path.join(cache ?? path.join(homedir(), '.cache'), 'huggingface'),
      'token',
    );
  }
}

function isSafe({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}

function clean(token: string | undefined): string | undefined {
  const value = token?.replace(/\s+/g, '') ?? '';
  return value === '' ? undefined : value;
}

function isTrue(value: string | undefined): boolean {
  return value !== undefined && /^(1|on|yes|true)$/i.test(value);
}
