import { hostOf } from '../../http';
import type { FileSource } from '../downloadEngine';

/** Where one source's file was found to lie. Kept in memory only: a signed address is never written down. */
export interface FileAddress {
  readonly source: FileSource;
  /** The end of the redirects; absent until asked for and after it expired. */
  location?: string;
  /** While a connection asks the source where the file lies: settles with what it hears. */
  resolving?: Promise<unknown>;
  /** The source said that parts of the file can be asked for. */
  ranges: boolean;
  /** It can't send parts: it is asked for the whole file, by one connection. */
  whole: boolean;
  /** How often it answered a request for a part with something else. */
  rangeRefusals: number;
  /**
   * The ETag by the origin that sent it. Within one origin it must not change; it is not a digest
   * (docs/hub-protocol.md section 2.1).
   */
  readonly etags: Map<string, string>;
}

export function newAddress(source: FileSource): FileAddress {
  return { source, ranges: false, whole: false, rangeRefusals: 0, etags: new Map() };
}

/** The host that the next connection asks; undefined without a source. */
export function nextHost(address: FileAddress | undefined): string | undefined {
  return address === undefined ? undefined : hostOf(address.location ?? address.source.url);
}

/** Whether an address lies at the source's own origin. */
export function isSourceOrigin(url: string, { source }: FileAddress): boolean {
  return new URL(url).origin === new URL(source.url).origin;
}

/** The address that was found is no longer good. Another connection may have found a new one meanwhile: that one stays. */
export function forget(address: FileAddress, url: string): void {
  if (address.location === url) delete address.location;
}
