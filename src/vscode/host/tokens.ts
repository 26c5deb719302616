import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import type * as vscode from 'vscode';
import type { Environment } from './settings';

const secretKey = 'asr.hub.token';

/** Each token is stored under the origin that it was set for, and sent to no other. */
function keyOf(origin: string): string {
  return `${secretKey} ${origin}`;
}

/** Where the token in use comes from, for showing; never the token itself. */
export type TokenOrigin = 'secretStorage' | 'environment' | 'file';

/**
 * Tokens: ours in SecretStorage, one for each hub; for the configured endpoint also `HF_TOKEN` and the Hub's own token
 * file, both read-only (docs/hub-protocol.md section 4). A token goes to the origin that it was set for and to no
 * other, over https or to the loopback.
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
    return isSafe(new URL(origin)) ? (await this.find(origin))?.token : undefined;
  }

  /** The token in use for a hub (the configured one), and where it comes from. */
  async find(
    endpoint = this.#endpoint(),
  ): Promise<{ readonly token: string; readonly origin: TokenOrigin } | undefined> {
    const { origin } = new URL(endpoint);
    const stored = clean(await this.#secrets.get(keyOf(origin)));
    if (stored !== undefined) return { token: stored, origin: 'secretStorage' };
    if (origin !== new URL(this.#endpoint()).origin) return undefined;
    if (isTrue(this.#environment['HF_HUB_DISABLE_IMPLICIT_TOKEN'])) return undefined;
    const named = clean(
      this.#environment['HF_TOKEN'] ?? this.#environment['HUGGING_FACE_HUB_TOKEN'],
    );
    if (named !== undefined) return { token: named, origin: 'environment' };
    const filed = clean(await readFile(this.#tokenFile(), 'utf8').catch(() => undefined));
    return filed === undefined ? undefined : { token: filed, origin: 'file' };
  }

  store(token: string, endpoint = this.#endpoint()): Thenable<void> {
    return this.#secrets.store(keyOf(new URL(endpoint).origin), token);
  }

  clear(endpoint = this.#endpoint()): Thenable<void> {
    return this.#secrets.delete(keyOf(new URL(endpoint).origin));
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
