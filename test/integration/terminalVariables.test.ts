import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { deferred } from '../../src/common/deferred';
import { Emitter } from '../../src/common/event';
import {
  exportToTerminals,
  type TerminalModels,
  type TerminalVariables,
} from '../../src/vscode/host/terminalEnvironment';

const kept = { cachePath: '/models/hub', modelPath: '/models/hub/tiny.bin' };

/** VS Code's variables for terminals; `written` settles with the model's path. */
class Variables implements TerminalVariables {
  description: string | undefined;
  readonly values = new Map<string, string>();
  readonly written = deferred<undefined>();

  get(name: string): ReturnType<TerminalVariables['get']> {
    const value = this.values.get(name);
    return value === undefined
      ? undefined
      : { type: vscode.EnvironmentVariableMutatorType.Replace, value, options: {} };
  }
  replace(name: string, value: string): void {
    this.values.set(name, value);
    if (name === 'ASR_MODEL_PATH') this.written.resolve(undefined);
  }
  delete(name: string): void {
    this.values.delete(name);
  }
}

describe('the variables that VS Code keeps for terminals', () => {
  /** A start of the extension: how often the models were looked up, and what holds the look. */
  function start(variables: Variables, isWanted: () => boolean, look = Promise.resolve()) {
    const changed = new Emitter<undefined>();
    const asked = deferred<undefined>();
    let lookups = 0;
    const models: TerminalModels = {
      onDidChangeModels: changed.event,
      get: () =>
        Promise.resolve({
          cachePath: kept.cachePath,
          downloadedModels: async () => {
            lookups++;
            asked.resolve(undefined);
            await look;
            return [{ modelId: 'tiny', path: kept.modelPath }];
          },
        }),
    };
    const started = exportToTerminals(variables, models, isWanted, () => 'tiny');
    return { started, asked: asked.promise, lookups: () => lookups };
  }

  it('is written at the start when the setting came while VS Code was closed', async () => {
    const variables = new Variables();
    const { started } = start(variables, () => true);
    await variables.written.promise;
    started.dispose();
    assert.deepEqual(
      [...variables.values],
      [
        ['HF_HUB_CACHE', kept.cachePath],
        ['ASR_MODEL_PATH', kept.modelPath],
      ],
    );
  });

  it('is left alone at the start when it is there: nothing is loaded for it', () => {
    const variables = new Variables();
    variables.replace('HF_HUB_CACHE', kept.cachePath);
    const { started, lookups } = start(variables, () => true);
    started.dispose();
    assert.equal(lookups(), 0);
    assert.equal(variables.values.size, 1);
  });

  it('is taken back at the start when the setting went while VS Code was closed', () => {
    const variables = new Variables();
    variables.replace('HF_HUB_CACHE', kept.cachePath);
    start(variables, () => false).started.dispose();
    assert.equal(variables.values.size, 0);
  });

  it('stays taken back by a person who changed their mind during the look at the disk', async () => {
    const variables = new Variables();
    const look = deferred<undefined>();
    let isWanted = true;
    const held = look.promise.then(() => undefined);
    const { started, asked } = start(variables, () => isWanted, held);
    await asked;
    isWanted = false;
    look.resolve(undefined);
    await held;
    await new Promise(setImmediate);
    started.dispose();
    assert.equal(variables.values.size, 0);
  });
});
