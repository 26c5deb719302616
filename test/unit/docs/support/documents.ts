import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Folders that hold nothing of ours, or what a build leaves. */
const strange = new Set(['node_modules', 'dist', 'out', 'coverage']);

/** A block of code. */
export interface CodeBlock {
  readonly language: string;
  readonly text: string;
}

/** A link or a picture: its target as it is written. */
export interface Link {
  readonly line: number;
  readonly target: string;
}

/** A document of the repository. */
export interface Document {
  /** From the root, with slashes. */
  readonly name: string;
  readonly text: string;
  /** Without its blocks of code, whose lines are empty. */
  readonly prose: string;
  readonly blocks: readonly CodeBlock[];
}

function namesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const name = path.join(folder, entry.name);
    if (entry.isDirectory()) {
      return entry.name.startsWith('.') || strange.has(entry.name) ? [] : namesBelow(name);
    }
    return entry.name.endsWith('.md') ? [name] : [];
  });
}

/** Every document of the repository. */
export function documents(): readonly Document[] {
  return namesBelow('.').map((name) => document(name.split(path.sep).join('/')));
}

/** One document, by its path from the root. */
export function document(name: string): Document {
  return documentOf(name, readFileSync(name, 'utf8'));
}

/** A document of this text. */
export function documentOf(name: string, text: string): Document {
  const blocks: CodeBlock[] = [];
  const fence = /^( *)```(\w*)[^\n]*\n([^]*?)^\1```$/gm;
  const prose = text.replace(fence, (block, indent: string, language: string, code: string) => {
    blocks.push({ language, text: code.replaceAll(new RegExp(`^${indent}`, 'gm'), '') });
    return block.replaceAll(/[^\n]/g, '');
  });
  return { name, text, prose, blocks };
}

/** The commands of a document's blocks for a shell, one a line, without comments. */
export function shellCommands({ blocks }: Document): readonly string[] {
  return blocks
    .filter(({ language }) => language === 'sh')
    .flatMap(({ text }) => text.split('\n'))
    .map((line) => line.replace(/\s+# .*$/, '').trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

/** Every link and picture of the prose. */
export function links({ prose }: Document): readonly Link[] {
  return prose.split('\n').flatMap((text, index) =>
    [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => ({
      line: index + 1,
      target,
    })),
  );
}

/** The code that stands in the prose, without its marks. */
export function inlineCode({ prose }: Document): readonly string[] {
  return [...prose.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
}

function withoutCode(text: string): string {
  return text.replaceAll(/`[^`]*`/g, '``');
}

/** The headings of a document, without their marks. */
export function headings({ prose }: Document): readonly string[] {
  return [...prose.matchAll(/^#+ (.+)$/gm)].map(([, text = '']) => text.trim());
}

/** The anchors of a document's headings, as the pages of the hosting service and the editor's preview make them. */
export function anchors(of: Document): ReadonlySet<string> {
  const found = new Set<string>();
  for (const heading of headings(of)) {
    const plain = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const anchor = plain.replaceAll(/[^\p{L}\p{N}\s_-]/gu, '').replaceAll(' ', '-');
    let name = anchor;
    for (let copy = 1; found.has(name); copy += 1) name = `${anchor}-${copy}`;
    found.add(name);
  }
  return found;
}

/** The part of a document below a heading, down to the next one of its level or above. */
export function section({ prose }: Document, heading: RegExp): string | undefined {
  const lines = prose.split('\n');
  const from = lines.findIndex((line) => /^#+ /.test(line) && heading.test(line));
  if (from < 0) return undefined;
  const level = /^#+/.exec(lines[from] ?? '')?.[0].length ?? 1;
  const after = lines.slice(from + 1);
  const end = after.findIndex((line) => (/^#+(?= )/.exec(line)?.[0].length ?? 99) <= level);
  return after.slice(0, end < 0 ? undefined : end).join('\n');
}

/** The cells of the rows of all tables in a text, without their heads. */
export function tableRows(text: string): readonly (readonly string[])[] {
  const rows = text
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .replace(/^\||\|$/g, '')
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim()),
    );
  const isRule = (cells: readonly string[]): boolean => cells.every((cell) => /^-+$/.test(cell));
  return rows.filter((cells, at) => !isRule(cells) && !isRule(rows[at + 1] ?? ['']));
}
