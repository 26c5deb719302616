import type * as vscode from 'vscode';
import { parseUrl } from '../../common/parseUrl';
import {
  cleanToken,
  environmentToken,
  type Environment,
  type HubToken,
} from '../../common/hubEnvironment';

const secretKey = 'asr.hub.token';

/** Each token is stored under the origin that it was set for, and sent to no other. */
function keyOf(origin: string): string {
  return `${secretKey} ${origin}`;
}

/**
 * Tokens: ours in SecretStorage, one for each hub; for the configured endpoint also the one of other Hub clients
 * (common/hubEnvironment.ts), read-only. A token goes to the origin that it was set for and to no other, over https or to
 * the loopback (http/origin.ts).
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

  /** The token in use for a hub's origin (the configured hub's), and where it comes from. */
  async find(endpoint = this.#endpoint()): Promise<HubToken | undefined> {
    if (parseUrl(endpoint) === undefined || parseUrl(this.#endpoint()) === undefined)
      return undefined;
    const { origin } = new URL(endpoint);
    const stored = cleanToken(await this.#secrets.get(keyOf(origin)));
    if (stored !== undefined) return { token: stored, place: { kind: 'secretStorage' } };
    if (origin !== new URL(this.#endpoint()).origin) return undefined;
    return await environmentToken(this.#environment);
  }

  store(token: string, endpoint = this.#endpoint()): Thenable<void> {
    return this.#secrets.store(keyOf(new URL(endpoint).origin), token);
  }

  clear(endpoint = this.#endpoint()): Thenable<void> {
    return this.#secrets.delete(keyOf(new URL(endpoint).origin));
  }
}
