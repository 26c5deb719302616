import type { ArchiveKind } from './archiveKind';

/** The orders of the thread: plain values. */
export interface UnpackOrder {
  readonly archivePath: string;
  readonly archive: ArchiveKind;
  /** An empty folder. */
  readonly folder: string;
  readonly mostBytes: number;
  readonly mostFiles: number;
}

/** The messages of the thread: how much of the archive it has read, and one of the others at the end. */
export type UnpackAnswer =
  | { readonly kind: 'progress'; readonly readBytes: number }
  | { readonly kind: 'done'; readonly files: number }
  /** The archive is refused for this; `what` is the name or the number that says more. */
  | {
      readonly kind: 'refused';
      readonly why: 'path' | 'files' | 'space' | 'empty';
      readonly what: string;
    }
  /** Its bytes can't be read, or a file can't be written; `code` is the system's. */
  | { readonly kind: 'failed'; readonly message: string; readonly code?: string };
