/** How fast a model is on this machine, and with which engine. */
export interface Measurement {
  readonly modelId: string;
  /** Milliseconds since 1970. */
  readonly measuredAtMs: number;
  /** The engine, its version and kind: "sherpa-onnx 1.13.8 (WebAssembly)". */
  readonly engineDescription: string;
  readonly threads: number;
  readonly loadMs: number;
  readonly audioMs: number;
  readonly elapsedMs: number;
  /** Seconds of audio for each second of work: 6.2 is "6.2x real time". */
  readonly realTimeFactor: number;
}

/** The part of a measurement that the panel shows. */
export type MeasuredSpeed = Pick<Measurement, 'realTimeFactor' | 'loadMs'>;
