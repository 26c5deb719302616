/**
 * The endings of recordings that `ffmpeg` commonly reads; WAV needs no other program. The explorer's menu (package.json)
 * lists the same. Not `.ts`, which in an editor is TypeScript.
 */
export const recordingExtensions: readonly string[] = [
  ['wav', 'mp3', 'm4a', 'flac', 'ogg', 'oga', 'opus', 'aac', 'wma', 'aiff', 'aif', 'amr', 'caf'],
  ['mka', 'webm', 'mp4', 'm4v', 'mkv', 'mov', 'avi', 'mts', '3gp'],
].flat();

/** Whether a file has the ending of a recording. */
export function isRecordingName(name: string): boolean {
  const ending = /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase();
  return ending !== undefined && recordingExtensions.includes(ending);
}
