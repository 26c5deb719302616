import { AsrError } from '../../common/asrError';
import { localized } from '../../common/localizedMessage';
import type { DownloadedModel, ModelManager } from '../../models';
import { byteText } from '../../protocol/format';
import { pathOf, reportError, type CommandContext, type ExitCode } from '../commandContext';
import { UsageError } from '../commandLine';
import type { WorkProgress } from '../output';

/** Hashes models, and with `--repair` mends them. Fails while something is wrong. */
export async function verify(context: CommandContext): Promise<ExitCode> {
  const { args, options, output } = context;
  const { library } = await context.core();
  const repair = options.has('repair');
  const report = await library.verify(args.length === 0 ? 'all' : args, {
    ...workOf(context, repair ? 'Repairing' : 'Verifying'),
    ...(repair ? { repair } : {}),
  });
  output.endProgress();
  const { steps: _steps, ...found } = report;
  output.data({ type: 'verified', ...found });
  for (const [what, files] of [
    ['damaged', report.damaged],
    ['missing', report.missing],
    ['not known', report.unknown],
    ['repaired', report.repaired],
  ] as const) {
    for (const { repo, path } of files) output.result(`${what}: ${repo}/${path}`);
  }
  const wrong = report.damaged.length + report.missing.length - report.repaired.length;
  output.note(
    `${report.checkedFiles} files checked, ${byteText(report.checkedBytes)}. ` +
      (wrong === 0 ? 'Everything is as it should be.' : `${wrong} are damaged or missing.`),
  );
  if (wrong > 0 && !repair) output.note('Run it with --repair to download them again.');
  return wrong === 0 ? 0 : 1;
}

/** Deletes models. One that can't be deleted does not keep the others. */
export async function remove({ args, output, core }: CommandContext): Promise<ExitCode> {
  const manager = await core();
  let failures = 0;
  for (const id of args) {
    try {
      const modelId = await idOnDisk(manager, id);
      const { reclaimedBytes } = await manager.deleteModel(modelId);
      output.data({ type: 'deleted', modelId, reclaimedBytes });
      output.note(`${modelId}: ${byteText(reclaimedBytes)} are free again.`);
    } catch (error) {
      failures += 1;
      reportError(output, error, id);
    }
  }
  return failures === 0 ? 0 : 1;
}

/** Takes in files, folders, archives and bundles. */
export async function importModels(context: CommandContext): Promise<ExitCode> {
  const { args, output } = context;
  const { library } = await context.core();
  for (const each of args) {
    const source = pathOf(context, each);
    const work = workOf(context, `Importing ${each}`);
    const models = (await library.isBundle(source))
      ? await library.importBundle(source, work)
      : await library.import(source, work);
    output.endProgress();
    for (const model of models) showModel(context, model);
  }
  return 0;
}

/** Writes models to one file. */
export async function exportModels(context: CommandContext): Promise<ExitCode> {
  const { args, options, output } = context;
  const target = options.text('output');
  if (target === undefined) throw new UsageError('“export” needs --output BUNDLE.', 'export');
  const manager = await context.core();
  const ids: string[] = [];
  for (const id of args) ids.push(await idOnDisk(manager, id));
  const file = pathOf(context, target);
  const { library } = manager;
  const { files, sizeBytes } = await library.exportModels(ids, file, workOf(context, 'Exporting'));
  output.endProgress();
  output.data({ type: 'exported', path: file, files, sizeBytes });
  output.result(file);
  output.note(`${files} files, ${byteText(sizeBytes)}.`);
  return 0;
}

/** A model of which something is on the disk, by the id that it is listed under. Rejects with `notFound`. */
async function idOnDisk(manager: ModelManager, asked: string): Promise<string> {
  const { id } = await manager.findAny(asked);
  const record = (await manager.models()).find(({ model }) => model.id === id);
  if (record !== undefined && record.state !== 'notDownloaded') return id;
  throw new AsrError('notFound', localized('{0} is not downloaded.', asked));
}

function showModel({ output }: CommandContext, model: DownloadedModel): void {
  output.data({ type: 'downloaded_model', ...model });
  output.result(`${model.modelId}  ${model.path}`);
}

function workOf(
  { output, signal }: CommandContext,
  title: string,
): { readonly signal: AbortSignal; readonly onProgress: (progress: WorkProgress) => void } {
  return { signal, onProgress: (progress) => output.work(title, progress) };
}
