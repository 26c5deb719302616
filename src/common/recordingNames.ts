/**
 * The endings of recordings that `ffmpeg` commonly reads; WAV needs no other program. The explorer's menu (package.json)
 * lists the same. Not `.ts`, which in an editor is TypeScript.
 */
export const recordingExtensions: readonly string[] = [
  ['wav', 'wave', 'w64', 'mp3', 'mp2', 'm4a', 'm4b', 'aac', 'ac3', 'eac3', 'dts', 'flac', 'ape'],
  ['wv', 'tta', 'ogg', 'oga', 'opus', 'spx', 'wma', 'aif', 'aiff', 'aifc', 'caf', 'au', 'snd'],
  ['amr', 'awb', 'gsm', 'mka', 'webm', 'mp4', 'm4v', 'mov', 'qt', 'mkv', 'avi', 'wmv', 'asf'],
  ['flv', 'f4v', 'ogv', '3gp', '3g2', 'mpg', 'mpeg', 'vob', 'mts', 'm2ts', 'mxf'],
].flat();

/** Whether a file has the ending of a recording. */
export function isRecordingName(name: string): boolean {
  const ending = /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase();
  return ending !== undefined && recordingExtensions.includes(ending);
}
