import { transcribes, type CatalogModel } from '../catalog';
import { AsrError } from '../common/asrError';
import { localized } from '../common/localizedMessage';
import { formatLoadability, inferFormat, type Runtime } from '../runtime';

type EngineRefusal = Runtime['engineRefusal'];

/**
 * Why a model can't be loaded here, by what the catalog says of it and before anything is downloaded; undefined when
 * nothing is known against it. `engineRefusal` says which engines don't work on this machine. Always `unsupported`.
 */
export function loadRefusal(
  model: CatalogModel,
  engineRefusal: EngineRefusal = () => undefined,
): AsrError | undefined {
  if (!transcribes(model)) {
    return new AsrError(
      'unsupported',
      localized('{0} finds speech but does not transcribe it. Load a speech model.', model.name),
    );
  }
  if (model.packed !== undefined) {
    return new AsrError(
      'unsupported',
      localized(
        '{0} comes as a packed archive. Download it and import the archive, which unpacks it, or choose another variant.',
        model.name,
      ),
    );
  }
  if (model.needs !== undefined) {
    return new AsrError(
      'unsupported',
      localized('{0} needs what is not here: {1} Choose another variant.', model.name, model.needs),
    );
  }
  const format =
    model.format === 'unknown' ? inferFormat(model.files.map(({ path }) => path)) : model.format;
  // The bytes of an imported model are here: the runtime looks at them.
  if (format === 'unknown' && model.source.kind === 'local') return undefined;
  const answer = formatLoadability({ ...model, format });
  const reason = answer.loadable ? engineRefusal(answer.engine) : answer.reason;
  return reason && new AsrError('unsupported', reason);
}
