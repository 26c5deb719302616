import assert from 'node:assert/strict';
import { mementoMeasurements } from '../../../src/vscode/host/mementos';

/** The editor's memento, which keeps what can be written as JSON. */
class Memento {
  #text = '{}';

  keys(): readonly string[] {
    return Object.keys(this.#values());
  }

  get(key: string, fallback?: unknown): unknown {
    return this.#values()[key] ?? fallback;
  }

  update(key: string, value: unknown): Promise<void> {
    this.#text = JSON.stringify({ ...this.#values(), [key]: value });
    return Promise.resolve();
  }

  #values(): Readonly<Record<string, unknown>> {
    return JSON.parse(this.#text) as Record<string, unknown>;
  }
}

const measured = {
  modelId: 'hf:org/name@v1',
  measuredAtMs: 1_790_000_000_000,
  engineDescription: 'sherpa-onnx 1.13.8',
  threads: 4,
  loadMs: 812,
  audioMs: 10_000,
  elapsedMs: 1600,
  realTimeFactor: 6.25,
};

describe('how fast a model was here is kept with it', () => {
  it('over a restart, all of it', async () => {
    const memento = new Memento();
    await mementoMeasurements(memento).put('c0ffee', measured);
    assert.deepEqual(mementoMeasurements(memento).get(measured.modelId, 'c0ffee'), measured);
  });

  it('until its revision changes; the older one is forgotten, other models are not', async () => {
    const memento = new Memento();
    const measurements = mementoMeasurements(memento);
    await measurements.put('c0ffee', measured);
    await measurements.put('c0ffee', { ...measured, modelId: 'hf:org/name' });
    assert.equal(measurements.get(measured.modelId, 'decade'), undefined);
    await measurements.put('decade', { ...measured, realTimeFactor: 7 });
    assert.equal(measurements.get(measured.modelId, 'decade')?.realTimeFactor, 7);
    assert.equal(measurements.get(measured.modelId, 'c0ffee'), undefined);
    assert.equal(measurements.get('hf:org/name', 'c0ffee')?.realTimeFactor, 6.25);
  });

  it('a malformed measurement is none', async () => {
    const memento = new Memento();
    for (const stored of [
      undefined,
      'text',
      { 'm@c': 'text' },
      { 'm@c': { ...measured, threads: '4' } },
      { 'm@c': { loadMs: 1, audioMs: 1, elapsedMs: 1, realTimeFactor: 1 } },
    ]) {
      await memento.update('asr.measurements', stored);
      assert.equal(mementoMeasurements(memento).get('m', 'c'), undefined);
    }
  });
});
