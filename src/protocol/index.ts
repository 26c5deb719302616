/**
 * protocol: what crosses a boundary, and the rules that both sides of it share. The extension host, the panel's page
 * and other extensions import this module, so it runs in a browser as well as in Node.
 *
 *   models/ --ModelDownloadProgress--> toast, tree, status bar (src/vscode/views) -+
 *      |                                                                           +--> the same words and actions
 *      +--PanelSnapshot, HostMessage--> the panel's page (webview-ui) -------------+
 *
 * - downloadProgress.ts: the one record of a download. downloadedModel.ts: a model on the disk. errorCode.ts: the
 *   closed list of errors. measurement.ts: how fast a model is on this machine.
 * - panelMessages.ts: the messages between host and page, with their parser. panelSnapshot.ts: what they carry.
 * - format.ts: bytes, speed, percent, time left. phase.ts: from a record to its phase and its words.
 *   errorActions.ts: from an error code to the actions it offers. All three are pure, and take their templates as an
 *   argument: the host has them from `vscode.l10n`, the page from the host (panelStrings.ts).
 *
 * It may import nothing but `pretty-bytes`.
 */
export * from './downloadProgress';
export * from './errorActions';
export * from './errorCode';
export * from './format';
export * from './measurement';
export * from './panelMessages';
export * from './panelSnapshot';
export * from './panelStrings';
export * from './phase';
