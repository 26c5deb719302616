/**
 * vscode/panel: the host's side of the panel `asr.modelManager`. The page (webview-ui/) shows what {@link PanelHost}
 * says and asks it to act; messages are those of src/protocol/panelMessages.ts. Only modelManagerPanel.ts,
 * managerPanelHost.ts touches `vscode`; everything else here is plain and tested without an editor.
 */
export { ModelManagerPanel, panelType } from './modelManagerPanel';
export type { PanelHost } from './panelHost';
export { PanelLoads } from './panelLoads';
export { buildPanelCatalog, panelFiles } from './panelCatalog';
export { PanelRouter } from './panelRouter';
export { ManagerPanelHost } from './managerPanelHost';
