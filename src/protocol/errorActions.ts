import type { ModelDownloadProgress } from './downloadProgress';
import type { ErrorCode } from './errorCode';
import type { Localiser } from './phase';

/** Every remedy that an error message offers, by name. Host and page each map a name to what it runs. */
export const errorActionNames = [
  'takeOver',
  'retry',
  'freeUpSpace',
  'changeFolder',
  'setToken',
  'openLicencePage',
  'openProxySettings',
  'diagnoseConnection',
  'copyDetails',
  'showLog',
] as const;

export type ErrorAction = (typeof errorActionNames)[number];

/**
 * Complete by type: a new code does not compile until it has its remedies. No more than three, since a notification cuts
 * off the labels of a fourth.
 */
const actions: Readonly<Record<ErrorCode, readonly ErrorAction[]>> = {
  network: ['retry', 'diagnoseConnection', 'showLog'],
  proxy: ['openProxySettings', 'diagnoseConnection', 'retry'],
  tls: ['diagnoseConnection', 'openProxySettings', 'retry'],
  auth: ['setToken', 'retry', 'showLog'],
  gated: ['openLicencePage', 'setToken', 'retry'],
  notFound: ['copyDetails', 'showLog'],
  rateLimited: ['retry', 'setToken', 'showLog'],
  diskSpace: ['freeUpSpace', 'changeFolder', 'retry'],
  diskPermission: ['changeFolder', 'retry', 'showLog'],
  integrity: ['retry', 'copyDetails', 'showLog'],
  stalled: ['retry', 'diagnoseConnection', 'showLog'],
  unsupported: ['copyDetails', 'showLog'],
  runtime: ['retry', 'copyDetails', 'showLog'],
  unknown: ['retry', 'copyDetails', 'showLog'],
};

/**
 * The actions against an error of this code, the likeliest remedy first. `takeOver` is for one error, not for a code.
 */
export function errorActions(code: ErrorCode): readonly ErrorAction[] {
  return actions[code];
}

/** Whether a failed download is worth another try. */
export function canRetry({ status, errorCode = 'unknown' }: ModelDownloadProgress): boolean {
  return status === 'error' && actions[errorCode].includes('retry');
}

/** The label of each action. */
export function errorActionStrings(l10n: Localiser): Readonly<Record<ErrorAction, string>> {
  return {
    takeOver: l10n.t('Take Over'),
    retry: l10n.t('Retry'),
    freeUpSpace: l10n.t('Free Up Space…'),
    changeFolder: l10n.t('Change Folder…'),
    setToken: l10n.t('Set Token…'),
    openLicencePage: l10n.t('Open Licence Page'),
    openProxySettings: l10n.t('Open Proxy Settings'),
    diagnoseConnection: l10n.t('Diagnose Connection…'),
    copyDetails: l10n.t('Copy Details'),
    showLog: l10n.t('Show Log'),
  };
}
