import type { ModelDownloadProgress } from '../../src/protocol/downloadProgress';
import type { PanelLoaded, PanelModel } from '../../src/protocol/panelSnapshot';
import { notLoadableReason } from '../store/loadability';
import { fill } from '../../src/protocol/format';
import { Button, Icon } from './controls';
import { usePanel } from './panelContext';

/** *Load Model*: disabled with its reason, loading, loaded (then *Unload*), failed (then it can be tried again). */
export function LoadModelButton(props: {
  readonly modelId: string;
  readonly name: string;
  readonly model: PanelModel | undefined;
  readonly download: ModelDownloadProgress | undefined;
  readonly loaded: PanelLoaded | undefined;
  readonly primary: boolean;
}) {
  const { store, strings } = usePanel();
  const { modelId, name } = props;
  const loaded = props.loaded?.modelId === modelId ? props.loaded : undefined;
  if (loaded?.state === 'loaded') {
    return (
      <span class="load-state">
        <span class="loaded-word">
          <Icon name="check" />
          {strings.loadedModel}
        </span>
        <Button
          label={`${strings.unload}: ${name}`}
          onClick={() => void store.run({ kind: 'unload' })}
        >
          {strings.unload}
        </Button>
      </span>
    );
  }
  if (loaded?.state === 'loading') {
    return (
      <Button disabled title={fill(strings.modelLoading, name)} onClick={() => undefined}>
        {strings.loadingModel}
      </Button>
    );
  }
  const reason = notLoadableReason(props.model, props.download, strings);
  return (
    <Button
      kind={props.primary && reason === undefined ? 'primary' : 'secondary'}
      disabled={reason !== undefined}
      title={reason ?? name}
      onClick={() => void store.run({ kind: 'load', modelId })}
    >
      {strings.load}
    </Button>
  );
}
