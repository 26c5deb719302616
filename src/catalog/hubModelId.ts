import { AsrError } from '../common/asrError';
import { localized } from '../common/localizedMessage';
import { importedNamespace, isRepoId } from '../common/repository';

/** A model named by its repository: `hf:org/name[@revision][#pattern,pattern]`, or `local:name` for an imported one. */
export interface HubModelId {
  readonly repo: string;
  /** Branch, tag or commit; absent: `main`. */
  readonly revision?: string;
  /** Shell patterns of the chosen files (docs/hub-protocol.md section 6); empty means all files. */
  readonly patterns: readonly string[];
}

function encode(text: string, reserved: RegExp): string {
  return text.replace(
    reserved,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}

function decode(text: string): string {
  return text.replace(/%(25|23|2C)/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}

/** Whether a model's id has the `hf:` or the `local:` form, well formed or not. */
export function isHubModelId(modelId: string): boolean {
  return /^(?:hf|local):/.test(modelId);
}

/**
 * Reads an `hf:` or `local:` id; undefined when the text begins with neither. Rejects with `notFound` when it does and is
 * malformed. A `#` in a revision, a comma in a pattern and a percent sign are written `%23`, `%2C`, `%25`.
 */
export function parseHubModelId(modelId: string): HubModelId | undefined {
  if (!isHubModelId(modelId)) return undefined;
  const asRepo = modelId.replace(/^local:/, `hf:${importedNamespace}/`);
  const read = /^hf:([^@#]*)(?:@([^#]*))?(?:#(.*))?$/s.exec(asRepo);
  const repo = read?.[1] ?? '';
  const revision = read?.[2] === undefined ? undefined : decode(read[2]);
  const patterns = (read?.[3] ?? '').split(',').map(decode);
  const isRevision = revision === undefined || /^[^\s\p{Cc}]{1,200}$/u.test(revision);
  if (read === null || !isRepoId(repo) || !isRevision) {
    throw new AsrError(
      'notFound',
      localized(
        '“{0}” is not a model’s name. Write hf:org/name, hf:org/name@revision or hf:org/name#pattern.',
        modelId,
      ),
    );
  }
  return {
    repo,
    ...(revision === undefined || revision === 'main' ? {} : { revision }),
    patterns: [...new Set(patterns.filter((pattern) => pattern !== ''))],
  };
}

/** The one way to write such an id: `main` left out, what would be misread encoded. */
export function formatHubModelId({ repo, revision, patterns }: HubModelId): string {
  const at = revision === undefined || revision === 'main' ? '' : `@${encode(revision, /[%#]/g)}`;
  const unique = [...new Set(patterns)];
  const hash =
    unique.length === 0 ? '' : `#${unique.map((text) => encode(text, /[%,]/g)).join(',')}`;
  const isImported = repo.startsWith(`${importedNamespace}/`);
  const name = isImported ? `local:${repo.slice(importedNamespace.length + 1)}` : `hf:${repo}`;
  return `${name}${at}${hash}`;
}
