import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { type AsrError, isCancellation, toAsrError } from '../common/asrError';
import { folded } from '../common/paths';
import { isRecordingName } from '../common/recordingNames';
import type {
  AudioInput,
  Segment,
  TranscribeProgress,
  TranscriptFormat,
  Transcription,
} from '../runtime';
import type { SpeechRequest } from './speechRequest';

/** The result for one recording: its transcription, or why there is none. */
export interface RecordingResult {
  readonly path: string;
  readonly transcription?: Transcription;
  readonly error?: AsrError;
}

/** How far the transcription of several recordings is. */
export interface FilesProgress {
  /** The recording under way. */
  readonly path: string;
  /** How many recordings are behind it, with a result or without. */
  readonly done: number;
  readonly count: number;
  /** Of all recordings, each counted alike; a recording of unknown length counts when it has ended. */
  readonly fraction: number;
  /** The newest subtitles of the recording under way. */
  readonly segments: readonly Segment[];
}

/** The part of `ModelSpeech` that transcribes one recording. */
interface Transcriber {
  readonly loaded: { readonly modelId: string } | undefined;
  load(modelId: string, onPhase: () => void, signal: AbortSignal): Promise<unknown>;
  transcribe(
    audio: AudioInput,
    request: SpeechRequest,
    onPartial: (progress: TranscribeProgress) => void,
    signal: AbortSignal,
  ): Promise<Transcription>;
}

/** How several recordings are transcribed. */
export interface FilesRequest {
  readonly request: SpeechRequest;
  readonly onProgress: (progress: FilesProgress) => void;
  /** Keeps a result, before the next recording is begun; a rejection counts as that recording's failure. */
  readonly keep: (recording: string, transcription: Transcription) => Promise<void>;
  readonly signal: AbortSignal;
}

/**
 * Transcribes recordings one after the other with the loaded model. One that fails does not stop the others; a model
 * whose process ended with it is loaded again for the next one. When `signal` aborts, what was kept stays, and the
 * results so far are returned.
 */
export async function transcribeFiles(
  speech: Transcriber,
  recordings: readonly string[],
  { request, onProgress, keep, signal }: FilesRequest,
): Promise<readonly RecordingResult[]> {
  const modelId = speech.loaded?.modelId;
  const results: RecordingResult[] = [];
  const count = recordings.length;
  for (const [done, recording] of recordings.entries()) {
    const report = (share: number, segments: readonly Segment[] = []): void =>
      onProgress({ path: recording, done, count, fraction: (done + share) / count, segments });
    try {
      if (signal.aborted) break;
      report(0);
      if (speech.loaded === undefined && modelId !== undefined) {
        await speech.load(modelId, () => undefined, signal);
      }
      const transcription = await speech.transcribe(
        { path: recording },
        request,
        ({ segments, transcribedMs, totalMs = 0 }) =>
          report(totalMs === 0 ? 0 : Math.min(1, transcribedMs / totalMs), segments),
        signal,
      );
      await keep(recording, transcription);
      results.push({ path: recording, transcription });
    } catch (error) {
      // By the person: of the whole work, or by unloading the model.
      if (isCancellation(error)) break;
      results.push({ path: recording, error: toAsrError(error) });
    }
  }
  return results;
}

/** Folders with more entries than a person's recordings have; programs keep their parts there. */
const passedOver = new Set(['node_modules']);

/**
 * The recordings that are meant by paths: a file as it is named, whatever its ending, and of a folder every file with the
 * ending of a recording, in all folders below but hidden ones. Each once, those of a folder by name. Rejects as the file
 * system does.
 */
export async function recordingsIn(paths: readonly string[]): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const each of paths) {
    const isFolder = await stat(each).then(
      (entry) => entry.isDirectory(),
      () => false,
    );
    for (const recording of isFolder ? await recordingsBelow(each) : [each]) found.add(recording);
  }
  return [...found];
}

async function recordingsBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const byName = new Intl.Collator('en', { numeric: true });
  const recordings: string[] = [];
  for (const entry of entries.sort((a, b) => byName.compare(a.name, b.name))) {
    const { name } = entry;
    if (name.startsWith('.') || passedOver.has(name)) continue;
    const inFolder = path.join(folder, name);
    if (entry.isDirectory()) recordings.push(...(await recordingsBelow(inFolder)));
    else if (isRecordingName(name)) recordings.push(inFolder);
  }
  return recordings;
}

const endings: Readonly<Record<TranscriptFormat, string>> = {
  text: 'txt',
  srt: 'srt',
  vtt: 'vtt',
  json: 'json',
};

/**
 * Where the transcripts go: beside each recording, or all in `folder`, under the recording's name. Recordings that
 * would share one (talk.wav, talk.mp4) get their own ending into it, and then a number; no recording is written over.
 */
export function transcriptPaths(
  recordings: readonly string[],
  format: TranscriptFormat,
  folder?: string,
): readonly string[] {
  const inFolder = (recording: string, name: string): string =>
    path.join(folder ?? path.dirname(recording), name);
  const stems = recordings.map((each) => inFolder(each, path.parse(each).name));
  const taken = new Set(recordings.map(folded));
  return recordings.map((recording, index) => {
    const stem = stems[index] ?? recording;
    // File systems that ignore case take two such names for one.
    const isShared = stems.filter((each) => folded(each) === folded(stem)).length > 1;
    const base = isShared ? inFolder(recording, path.basename(recording)) : stem;
    let target = `${base}.${endings[format]}`;
    for (let number = 2; taken.has(folded(target)); number += 1) {
      target = `${base} ${String(number)}.${endings[format]}`;
    }
    taken.add(folded(target));
    return target;
  });
}
