import type { RepoFile } from '../../common/repository';
import { defined } from '../../protocol/defined';
import type { CatalogFile, ModelFormat } from '../catalogModel';
import { fileRunsCode } from '../codeInFiles';
import { requiredBytes } from '../readVariant';

/** The facts about a file that recognition needs. */
export type NamedFile = Pick<RepoFile, 'path'> &
  Partial<Pick<RepoFile, 'sizeBytes'>> & {
    /** The name that its format usually has in its folder, when its content is known and its name says otherwise. */
    readonly knownAs?: string;
    /** The files beside a graph that hold its tensors, when its content is known. */
    readonly tensorFiles?: readonly string[];
  };

/** The files of one folder by their names in it, or by those that their content would have. */
export interface Folder {
  /** With a slash at its end; empty for the repository itself. */
  readonly prefix: string;
  readonly names: ReadonlyMap<string, NamedFile>;
  has(name: string): boolean;
}

/** Groups a repository's files by their folder, the top first. */
export function foldersOf(files: readonly NamedFile[]): readonly Folder[] {
  const byPrefix = new Map<string, Map<string, NamedFile>>();
  for (const file of files) {
    const slash = file.path.lastIndexOf('/') + 1;
    const prefix = file.path.slice(0, slash);
    const names = byPrefix.get(prefix) ?? new Map<string, NamedFile>();
    names.set(file.knownAs ?? file.path.slice(slash), file);
    byPrefix.set(prefix, names);
  }
  return [...byPrefix]
    .sort(([a], [b]) => a.length - b.length || (a < b ? -1 : 1))
    .map(([prefix, names]) => ({ prefix, names, has: (name) => names.has(name) }));
}

/** A set of files of a repository that belong together and that some runtime loads. */
export interface RecognisedVariant {
  readonly format: ModelFormat;
  /**
   * The kind of model within the format, for runtimes that must be configured for it
   * (docs/model-formats.md section 4.2).
   */
  readonly kind?: string;
  /** Distinguishes it from the repository's other variants. */
  readonly label: string;
  readonly quantization?: string;
  readonly files: readonly CatalogFile[];
  /** Sum of the required files; absent unless every one has a size. */
  readonly sizeBytes?: number;
  readonly runsCode: boolean;
}

/** A file that a variant asks for: its name in the folder, its role, and whether it is needed. */
export interface Part {
  readonly name: string;
  readonly role: string;
  readonly required?: boolean;
}

export interface VariantFacts {
  readonly format: ModelFormat;
  readonly kind?: string;
  readonly label: string;
  readonly quantization?: string | undefined;
}

/** A file of the repository as a part of a variant. */
export function catalogFile(file: NamedFile, role: string, required: boolean): CatalogFile {
  const { path, sizeBytes } = file;
  return { path, role, required, ...defined({ sizeBytes }) };
}

/** The variant that these parts make; undefined when a needed one is not in the folder. */
export function variantOf(
  { format, kind, label, quantization }: VariantFacts,
  folder: Folder,
  parts: readonly Part[],
): RecognisedVariant | undefined {
  const files: CatalogFile[] = [];
  for (const { name, role, required = true } of parts) {
    const file = folder.names.get(name);
    if (file !== undefined) files.push(catalogFile(file, role, required));
    else if (required) return undefined;
  }
  const sizeBytes = requiredBytes(files);
  return {
    format,
    label: `${folder.prefix}${label}`,
    files,
    runsCode: format === 'nemo' || files.some((file) => fileRunsCode(file.path, format)),
    ...defined({ kind, quantization, sizeBytes }),
  };
}

/** The quantization that a file's name states; undefined when it states none. */
export function quantizationIn(name: string): string | undefined {
  return /(?:^|[-_.])(i?q\d(?:_[0-9a-z]+)*|int8|uint8|fp?16|bf16|fp?32)(?=[-_.]|$)/i.exec(
    name.replace(/\.[a-z]+$/i, ''),
  )?.[1];
}
