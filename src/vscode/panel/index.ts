/**
 * vscode/panel: the host's side of the panel `asr.modelManager`. The page (webview-ui/) keeps no state of its own
 * beyond filters and selection: it shows snapshots, and asks for actions.
 *
 *   webview-ui  --ready, details, request-->  PanelRouter  --catalog(), snapshot(), run()-->  ManagerPanelHost
 *        ^                                        |                                              |
 *        +--snapshot, download_progress, answers--+                              models/ (ModelManager)
 *
 * - modelManagerPanel.ts opens the webview, at most one per window, and connects it with a router.
 * - panelDocument.ts makes the page's HTML with all its texts: a bundle of its own, loaded with the first panel.
 * - panelRouter.ts checks every message of the page and sends whole snapshots, one at a time. A snapshot that is built
 *   while records arrive gets the newer records; a page that is being loaded gets one ahead of its "ready".
 * - managerPanelHost.ts builds the snapshot from the manager and runs the actions (commands/actions.ts).
 * - panelHubSearch.ts searches the hub for the page; panelSizes.ts asks it for the sizes of the rows in sight that no
 *   catalog states, once a person has looked for something. Both end with their page.
 * - panelCatalog.ts makes the catalog for the page, and packs it: variants share lists of languages and licences.
 *
 * The messages are those of src/protocol/panelMessages.ts. Only modelManagerPanel.ts and managerPanelHost.ts import `vscode`; the other files are plain and are tested without an editor.
 */
export { ModelManagerPanel } from './modelManagerPanel';
export { ManagerPanelHost } from './managerPanelHost';
