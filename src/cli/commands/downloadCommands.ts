import { abortable } from '../../common/abortable';
import { isCancellation } from '../../common/asrError';
import type { DownloadedModel, ModelDownload, ModelManager } from '../../models';
import { byteText } from '../../protocol/format';
import { reportError, type CommandContext, type ExitCode } from '../commandContext';

/** Downloads models, one after the other; one that fails does not stop the others. */
export async function download(context: CommandContext): Promise<ExitCode> {
  const { args, options } = context;
  const manager = await context.core();
  const revision = options.text('revision');
  const ids =
    revision === undefined
      ? args
      : await Promise.all(args.map((id) => manager.advice.idAt(id, revision)));
  return await downloadAll(context, manager, ids);
}

/** Says what has changed at the hub, and downloads it. */
export async function update(context: CommandContext): Promise<ExitCode> {
  const { args, options, output, signal } = context;
  const manager = await context.core();
  const updates = [];
  for (const id of args.length === 0 ? [undefined] : args) {
    updates.push(...(await manager.library.checkForUpdates(id, signal)));
  }
  for (const found of updates) output.data({ type: 'update', ...found });
  if (updates.length === 0) output.note('Everything is up to date.');
  if (!options.has('check')) {
    return await downloadAll(
      context,
      manager,
      updates.map(({ modelId }) => modelId),
    );
  }
  output.table(
    updates.map(({ modelId, changedFiles, downloadBytes }) => [
      modelId,
      byteText(downloadBytes),
      changedFiles.join(', '),
    ]),
  );
  return 0;
}

async function downloadAll(
  context: CommandContext,
  manager: ModelManager,
  ids: readonly string[],
): Promise<ExitCode> {
  const { output, signal } = context;
  const downloads: ModelDownload[] = [];
  let failures = 0;
  const follow = manager.onDidChangeDownload((record) => {
    if (downloads.some(({ modelId }) => modelId === record.modelId)) output.download(record);
  });
  try {
    for (const id of ids) {
      try {
        const begun = await abortable(manager.download(id), signal);
        downloads.push(begun);
        output.download(begun.progress);
      } catch (error) {
        if (isCancellation(error)) throw error;
        failures += 1;
        reportError(output, error, id);
      }
    }
    const done: DownloadedModel[] = [];
    for (const each of downloads) {
      try {
        done.push(await abortable(each.finished, signal));
      } catch (error) {
        if (signal.aborted) throw error;
        failures += 1;
        // Another program ended it: the other downloads continue.
        if (isCancellation(error)) output.error(`asr-models: ${cancelledText(each)}`);
        else reportError(output, error, each.modelId);
      }
    }
    output.endProgress();
    for (const model of done) {
      output.result(model.path);
      output.data({ type: 'downloaded_model', ...model });
    }
  } catch (error) {
    if (signal.aborted) await leave(context, manager, downloads);
    throw error;
  } finally {
    follow.dispose();
  }
  return failures === 0 ? 0 : 1;
}

function cancelledText({ progress }: ModelDownload): string {
  return `The download of ${progress.modelName} was cancelled in another window.`;
}

/** Interrupted: a download of another window continues there; the own downloads keep their bytes, or lose them. */
async function leave(
  { options, output }: CommandContext,
  manager: ModelManager,
  downloads: readonly ModelDownload[],
): Promise<void> {
  const all = [...new Set([...manager.downloads(), ...downloads])];
  const own = all.filter(({ progress }) => progress.inOtherWindow !== true);
  if (options.has('discard')) {
    await Promise.all(own.map((each) => each.cancel()));
    output.endProgress();
    output.note('Interrupted. What had arrived is removed.');
    return;
  }
  await Promise.all(own.map((each) => each.pause()));
  output.endProgress();
  const keptBytes = own.reduce((sum, { progress }) => sum + progress.downloadedBytes, 0);
  const isElsewhere = own.length < all.length;
  output.note(
    isElsewhere && own.length === 0
      ? 'Interrupted. The download goes on in the other window.'
      : `Interrupted. ${byteText(keptBytes)} are kept; the same command goes on from there.`,
  );
}
