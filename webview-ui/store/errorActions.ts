import type { ErrorCode } from '../../src/protocol/errorCode';

/** What can be offered beside *Retry*; `freeUpSpace` is the page's own: it shows the downloaded models. */
export type ErrorAction =
  | 'freeUpSpace'
  | 'changeCache'
  | 'setToken'
  | 'openModelPage'
  | 'openLicence'
  | 'openProxySettings'
  | 'showLog';

const actions: Readonly<Record<ErrorCode, readonly ErrorAction[]>> = {
  network: ['showLog'],
  proxy: ['openProxySettings', 'showLog'],
  tls: ['openProxySettings', 'showLog'],
  auth: ['setToken', 'openModelPage'],
  gated: ['openModelPage', 'setToken'],
  notFound: ['openModelPage', 'showLog'],
  rateLimited: ['setToken', 'showLog'],
  diskSpace: ['freeUpSpace', 'changeCache'],
  diskPermission: ['changeCache', 'showLog'],
  integrity: ['showLog'],
  stalled: ['openProxySettings', 'showLog'],
  unsupported: ['showLog'],
  runtime: ['showLog'],
  unknown: ['showLog'],
};

/** What mends an error of this code, the likeliest first. */
export function errorActions(code: ErrorCode): readonly ErrorAction[] {
  return actions[code];
}
