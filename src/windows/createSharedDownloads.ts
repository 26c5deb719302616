import type { StateAccess } from '../cache';
import type { SharedDownloads } from './sharedDownloads';
import { WindowsState } from './windowsState';

/** What the windows on one state folder know of each other's downloads, over that folder. */
export function createSharedDownloads(access: StateAccess): SharedDownloads {
  return new WindowsState(access);
}
