import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { isObject, type JsonObject, parseJson } from '../../src/common/json';

/** The categories that the stores know; another one makes an upload fail. */
const categories = new Set([
  'AI',
  'Azure',
  'Chat',
  'Data Science',
  'Debuggers',
  'Education',
  'Extension Packs',
  'Formatters',
  'Keymaps',
  'Language Packs',
  'Linters',
  'Machine Learning',
  'Notebooks',
  'Other',
  'Programming Languages',
  'SCM Providers',
  'Snippets',
  'Testing',
  'Themes',
  'Visualization',
]);

const mostKeywords = 30;
const longestText = 255;
const longestDescription = 2048;
const smallestIcon = 128;

/** Control and format characters, and what has no meaning: Open VSX refuses them in every text. */
const unprintable = /[\p{Cc}\p{Cf}\p{Cn}\p{Co}\p{Zl}\p{Zp}]/u;

/**
 * Why a store would refuse what is staged in a folder, or show it without something: what vsce, the Marketplace and Open
 * VSX check, found before anything is uploaded. Each a sentence; none when all is right.
 */
export async function storeProblems(folder: string): Promise<readonly string[]> {
  const manifest = await readJson(folder, 'package.json');
  const texts = await readJson(folder, 'package.nls.json');
  return [
    ...identityProblems(manifest),
    ...textProblems(manifest, texts),
    ...addressProblems(manifest),
    ...galleryProblems(manifest),
    ...(await fileProblems(folder, manifest)),
  ];
}

function identityProblems(manifest: JsonObject): string[] {
  const { name, publisher, version, engines, license, dependencies } = manifest;
  const isId = (value: unknown): boolean =>
    typeof value === 'string' && /^[a-z0-9][a-z0-9-]*$/i.test(value);
  const editor = isObject(engines) ? engines['vscode'] : undefined;
  return [
    ...unless(isId(name), 'The name is not an id.'),
    ...unless(isId(publisher), 'The publisher is missing, or is not an id.'),
    ...unless(/^\d+\.\d+\.\d+$/.test(String(version)), 'The version is not three numbers.'),
    ...unless(/^\^\d+\.\d+\.\d+$/.test(String(editor)), 'engines.vscode is missing.'),
    ...unless(typeof license === 'string' && license !== '', 'The licence is missing.'),
    ...unless(isObject(dependencies), 'The packages that are shipped are not named.'),
  ];
}

function textProblems(manifest: JsonObject, texts: JsonObject): string[] {
  const said = (field: string): string => {
    const value = textOf(manifest[field]);
    const key = /^%(.+)%$/.exec(value)?.[1];
    return key === undefined ? value : textOf(texts[key]);
  };
  return [
    ...['displayName', 'description'].flatMap((field) =>
      unless(
        said(field) !== '' &&
          !unprintable.test(said(field)) &&
          said(field).length <= (field === 'description' ? longestDescription : longestText),
        `The ${field} is missing, too long, or has characters that are not seen.`,
      ),
    ),
    ...listProblems(manifest['categories'], 'category', categories.size).concat(
      textsOf(manifest['categories']).flatMap((each) =>
        unless(categories.has(each), `No store has the category ${each}.`),
      ),
    ),
    ...listProblems(manifest['keywords'], 'keyword', mostKeywords),
  ];
}

function listProblems(list: unknown, what: string, most: number): string[] {
  const texts = textsOf(list);
  return [
    ...unless(texts.length > 0, `There is no ${what}.`),
    ...unless(texts.length <= most, `No more than ${most} may be given of: ${what}.`),
    ...unless(new Set(texts).size === texts.length, `A ${what} is there twice.`),
    ...texts.flatMap((each) =>
      unless(
        each.length <= longestText && each.trim() === each && !unprintable.test(each),
        `A store takes no such ${what}: ${JSON.stringify(each)}.`,
      ),
    ),
  ];
}

function addressProblems(manifest: JsonObject): string[] {
  const url = (field: unknown): unknown => (isObject(field) ? field['url'] : field);
  const addresses = {
    repository: url(manifest['repository']),
    bugs: url(manifest['bugs']),
    homepage: manifest['homepage'],
    qna: manifest['qna'],
  };
  return Object.entries(addresses).flatMap(([field, value]) =>
    unless(
      typeof value === 'string' &&
        value.length <= longestText &&
        URL.canParse(value) &&
        new URL(value).protocol === 'https:',
      `${field} is missing, or is no https address.`,
    ),
  );
}

function galleryProblems({ pricing, galleryBanner: banner, icon }: JsonObject): string[] {
  const { color, theme } = isObject(banner) ? banner : {};
  return [
    ...unless(pricing === 'Free' || pricing === 'Trial', 'The pricing is not Free or Trial.'),
    ...unless(/^#[0-9a-f]{6}$/i.test(String(color)), 'galleryBanner has no colour.'),
    ...unless(theme === 'dark' || theme === 'light', 'galleryBanner has no theme.'),
    ...unless(/\.png$/i.test(String(icon)), 'The icon is missing, or is no PNG.'),
  ];
}

async function fileProblems(folder: string, manifest: JsonObject): Promise<string[]> {
  const [readme, changelog, licence] = await Promise.all(
    ['README.md', 'CHANGELOG.md', 'LICENSE'].map((name) =>
      readFile(path.join(folder, name), 'utf8').catch(() => ''),
    ),
  );
  const icon = await readFile(path.join(folder, textOf(manifest['icon']))).catch(() =>
    Buffer.alloc(0),
  );
  // Width and height are the first two numbers of a PNG's first block.
  const [width, height] =
    icon.length < 24 ? [0, 0] : [icon.readUInt32BE(16), icon.readUInt32BE(20)];
  const newest = /^## (.+)$/m.exec(changelog ?? '')?.[1];
  return [
    ...unless(readme?.startsWith('# ') === true, 'README.md is missing, or has no title.'),
    ...unless(licence !== '', 'LICENSE is missing.'),
    ...unless(
      newest === manifest['version'],
      `CHANGELOG.md begins with ${newest ?? 'no version'}, the manifest says ${String(manifest['version'])}.`,
    ),
    ...unless(
      width >= smallestIcon && width === height,
      `The icon is not a square of at least ${smallestIcon} pixels.`,
    ),
  ];
}

function unless(isRight: boolean, problem: string): string[] {
  return isRight ? [] : [problem];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function textsOf(list: unknown): string[] {
  return Array.isArray(list) ? list.map(String) : [];
}

async function readJson(folder: string, name: string): Promise<JsonObject> {
  const read = parseJson(await readFile(path.join(folder, name), 'utf8').catch(() => ''));
  return isObject(read) ? read : {};
}
