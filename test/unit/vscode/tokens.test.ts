import assert from 'node:assert/strict';
import type { SecretStorage } from 'vscode';
import type { Environment } from '../../../src/common/hubEnvironment';
import { Tokens } from '../../../src/vscode/host/tokens';

/** The editor's secret storage, in memory. */
class Secrets implements SecretStorage {
  readonly #values = new Map<string, string>();
  get(key: string): Promise<string | undefined> {
    return Promise.resolve(this.#values.get(key));
  }
  store(key: string, value: string): Promise<void> {
    return Promise.resolve(void this.#values.set(key, value));
  }
  delete(key: string): Promise<void> {
    return Promise.resolve(void this.#values.delete(key));
  }
  keys(): Promise<string[]> {
    return Promise.resolve([...this.#values.keys()]);
  }
  onDidChange = (): { dispose(): void } => ({ dispose: () => undefined });
}

describe('the token in use', () => {
  const hub = 'https://hub.example';
  const tokens = (environment: Environment = {}, endpoint = hub): Tokens =>
    new Tokens(new Secrets(), { HF_HOME: '/nowhere', ...environment }, () => endpoint);

  it('is the stored one before that of the environment, and says where it comes from', async () => {
    const both = tokens({ HF_TOKEN: 'hf_environment' });
    assert.deepEqual(await both.find(), {
      token: 'hf_environment',
      place: { kind: 'environment', variable: 'HF_TOKEN' },
    });
    await both.store('hf_stored');
    assert.deepEqual(await both.find(), { token: 'hf_stored', place: { kind: 'secretStorage' } });
    await both.clear();
    assert.equal((await both.find())?.token, 'hf_environment');
  });

  it('of the environment is for the configured hub alone, a stored one for the hub that it was set for', async () => {
    const both = tokens({ HF_TOKEN: 'hf_environment' });
    assert.equal(await both.find('https://mirror.example'), undefined);
    assert.equal(await both.find('http://hub.example'), undefined);
    await both.store('hf_mirror', 'https://mirror.example/below');
    assert.equal((await both.find('https://mirror.example'))?.token, 'hf_mirror');
    assert.equal((await both.find())?.token, 'hf_environment');
  });

  it('is none for an endpoint that is no address', async () => {
    assert.equal(await tokens({ HF_TOKEN: 'hf_x' }, 'https://').find(), undefined);
    assert.equal(await tokens({ HF_TOKEN: 'hf_x' }).find('no address'), undefined);
  });
});
