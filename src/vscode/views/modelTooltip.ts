import * as vscode from 'vscode';
import type { DownloadedFile, ModelManager, ModelRecord } from '../../models';
import { remoteHost } from '../host/remoteHost';
import { licenceText } from '../picker/pickerItems';
import { localBytes } from '../ui/localise';

const mostFiles = 8;
const shownDigits = 12;

type Measurement = NonNullable<ReturnType<ModelManager['speech']['measurement']>>;

/** Everything that is known of a model on the disk; made only for the row that the pointer rests on. */
export function modelTooltip(
  { model, downloaded, commit, presentBytes, totalBytes }: ModelRecord,
  lastUsedMs: number | undefined,
  measured: Measurement | undefined,
): vscode.MarkdownString {
  const { l10n } = vscode;
  const text = new vscode.MarkdownString(undefined, true);
  text.appendMarkdown('**').appendText(model.name).appendMarkdown('**\n\n');
  // Names and paths come from catalogs and repositories: they are text here, never markup.
  const fact = (label: string, value: string): void => {
    text.appendText(`${label}: ${value}`).appendMarkdown('  \n');
  };
  fact(l10n.t('Repository'), model.source.repo);
  if (commit !== undefined) fact(l10n.t('Revision'), commit.slice(0, shownDigits));
  fact(l10n.t('Licence'), licenceText(model.licence.id, l10n.t));
  if (downloaded === undefined) {
    const here = localBytes(presentBytes);
    fact(
      l10n.t('Here'),
      totalBytes === undefined ? here : l10n.t('{0} of {1}', here, localBytes(totalBytes)),
    );
    return text;
  }
  fact(l10n.t('Size'), localBytes(downloaded.sizeOnDisk));
  fact(l10n.t('Verified'), downloaded.verified ? l10n.t('yes') : l10n.t('not yet'));
  fact(
    l10n.t('Last used'),
    lastUsedMs === undefined ? l10n.t('not yet') : new Date(lastUsedMs).toLocaleString(),
  );
  if (measured !== undefined) fact(l10n.t('Measured here'), measuredText(measured));
  fact(l10n.t('Path'), downloaded.path);
  const host = remoteHost();
  if (host !== undefined) fact(l10n.t('On'), host);
  text.appendMarkdown('\n');
  for (const file of downloaded.files.slice(0, mostFiles)) text.appendMarkdown(fileLine(file));
  const others = downloaded.files.length - mostFiles;
  if (others > 0) text.appendText(l10n.t('and {0} more files', others));
  return text;
}

function measuredText(measured: Measurement): string {
  return vscode.l10n.t(
    '{0}x real time, loaded in {1} s, threads: {2}, {3}, {4}',
    measured.realTimeFactor.toFixed(1),
    (measured.loadMs / 1000).toFixed(1),
    measured.threads,
    measured.engineDescription,
    new Date(measured.measuredAtMs).toLocaleDateString(),
  );
}

function fileLine({ path, size, digest }: DownloadedFile): string {
  const escaped = new vscode.MarkdownString().appendText(path).value;
  const shown = digest?.replace(/^([\w-]+:[0-9a-f]{12})[0-9a-f]+$/, '$1…');
  return `- ${escaped} · ${localBytes(size)}${shown === undefined ? '' : ` · \`${shown}\``}\n`;
}
