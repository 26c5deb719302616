/**
 * protocol: what crosses a boundary: the records and messages that the extension host, the panel's page and other
 * extensions share. Types, constants and guards only: it imports nothing and runs in a browser as well as in Node.
 */
export * from './downloadProgress';
export * from './errorCode';
export * from './panelMessages';
export * from './panelSnapshot';
export * from './panelStrings';
