import { useState } from 'preact/hooks';
import type { PanelModel } from '../../src/protocol/panelSnapshot';
import { fill } from '../../src/protocol/format';
import { LinkButton } from './controls';
import { ConfirmDialog } from './ConfirmDialog';
import { usePanel } from './panelContext';

/** The actions on a model on the disk, as a line of links: nothing hides in a menu. */
export function ModelMenu({ model }: { readonly model: PanelModel }) {
  const { store, strings, figures } = usePanel();
  const [deleting, setDeleting] = useState(false);
  const { modelId, name, busy } = model;
  const act = (
    kind: 'update' | 'verify' | 'repair' | 'reveal' | 'copyPath',
    text: string,
    disabled = busy !== undefined,
  ) => (
    <LinkButton
      label={`${text}: ${name}`}
      disabled={disabled}
      onClick={() => void store.run({ kind, modelId })}
    >
      {text}
    </LinkButton>
  );
  return (
    <span class="model-menu">
      {model.updateAvailable ? act('update', strings.update) : null}
      {model.state === 'damaged' ? act('repair', strings.repair) : act('verify', strings.verify)}
      {store.state.snapshot?.disk.canReveal === true ? act('reveal', strings.reveal, false) : null}
      {act('copyPath', strings.copyPath, false)}
      <LinkButton
        label={`${strings.delete}: ${name}`}
        disabled={busy !== undefined}
        onClick={() => setDeleting(true)}
      >
        {strings.delete}
      </LinkButton>
      {deleting ? (
        <ConfirmDialog
          title={fill(strings.deleteTitle, name)}
          confirm={strings.delete}
          onConfirm={() => void store.run({ kind: 'delete', modelId })}
          onClose={() => setDeleting(false)}
        >
          <p>
            {fill(strings.deleteBody, figures.bytes(model.disk?.sizeOnDisk ?? model.presentBytes))}
          </p>
        </ConfirmDialog>
      ) : null}
    </span>
  );
}
