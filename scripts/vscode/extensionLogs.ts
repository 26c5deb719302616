import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

const shownChars = 6_000;

/** The end of each log of the extension hosts and of this extension, below a `logs` folder of VS Code. */
export async function extensionLogs(folder: string): Promise<string> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const texts: string[] = [];
  for (const name of names) {
    if (!/(remoteexthost|exthost|ASR Model Manager)\.log$|asr-model-manager.*\.log$/.test(name))
      continue;
    const text = await readFile(path.join(folder, name), 'utf8');
    if (text.trim() !== '') texts.push(`--- ${name}\n${text.slice(-shownChars)}`);
  }
  return texts.join('\n');
}
