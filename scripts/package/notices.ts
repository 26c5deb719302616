import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { isObject, parseJson } from '../../src/common/json';

/** An entry of THIRD-PARTY-NOTICES.txt. */
export interface Notice {
  readonly names: readonly string[];
  readonly licence: string;
  /** The headline of its list: in the bundles, or in the packages. */
  readonly section: string;
}

/** A package whose code is distributed, with the licence that its own manifest states. */
export interface DistributedPackage {
  readonly name: string;
  readonly licence: string;
}

const rule = '='.repeat(80);

/**
 * Reads the lists of the notices. A licence counts by its text, which follows the lists. What a package contains,
 * indented below it, is of its makers and left out.
 */
export function readNotices(text: string): readonly Notice[] {
  const licences = [...text.matchAll(new RegExp(`${rule}\n(.+)\n${rule}`, 'g'))].map(
    ([, licence = '']) => licence.replaceAll('.', '\\.'),
  );
  const entry = new RegExp(`^(.*?) +(${licences.join('|')}) {2,}\\S`);
  const notices: Notice[] = [];
  let section = '';
  let names = '';
  let isInner = false;
  for (const line of (text.split(rule)[0] ?? '').split('\n')) {
    if (/^\S/.test(line)) section = line;
    if (line.trim() === '') [names, isInner] = ['', false];
    if (line.trim() === 'They contain:') isInner = true;
    if (isInner || !line.startsWith('  ')) continue;
    const [, before = '', licence] = entry.exec(line) ?? [];
    // A list of names may go on for lines before its licence; lines far from the edge go on with a copyright.
    if (/^ {2}\S/.test(line)) names += ` ${licence === undefined ? line : before}`;
    if (licence === undefined || names === '') continue;
    notices.push({ names: namesIn(names), licence, section });
    names = '';
  }
  return notices;
}

function namesIn(text: string): string[] {
  return text
    .split(/[\s,()]+/)
    .filter(
      (word) => word !== '' && !['and', 'its', 'platform', 'packages', 'with'].includes(word),
    );
}

/**
 * Where the notices and what is distributed differ: a package that is not named or named with another licence, one that is
 * named but not distributed (of those in the bundles: a platform has not all packages).
 */
export function noticesProblems(
  text: string,
  bundled: readonly DistributedPackage[],
  shipped: readonly DistributedPackage[],
): readonly string[] {
  const notices = readNotices(text);
  const ofBundles = notices.filter(({ section }) => section.startsWith('In the bundles'));
  const ofPackages = notices.filter((notice) => !ofBundles.includes(notice));
  const listed = ofBundles.flatMap(({ names }) => names);
  return [
    ...missing(bundled, ofBundles, 'in the bundles'),
    ...missing(shipped, ofPackages, 'shipped'),
    ...listed
      // Part of a package that is named beside it, not a package itself.
      .filter((name) => name !== 'llhttp' && !bundled.some((one) => one.name === name))
      .map((name) => `${name} is named, but in no bundle`),
  ];
}

function missing(
  packages: readonly DistributedPackage[],
  notices: readonly Notice[],
  where: string,
): string[] {
  return packages.flatMap(({ name, licence }) => {
    const notice = notices.find(({ names }) => names.includes(name));
    if (notice === undefined) return [`${name} is ${where}, but not named`];
    return notice.licence === licence
      ? []
      : [`${name} has the licence ${licence}, not ${notice.licence}`];
  });
}

/** Names and licences of packages, as the manifests in a folder of packages state them. */
export function licencesOf(
  names: readonly string[],
  modules: string,
): Promise<readonly DistributedPackage[]> {
  return Promise.all(
    names.map(async (name) => {
      const manifest = parseJson(await readFile(path.join(modules, name, 'package.json'), 'utf8'));
      const licence = isObject(manifest) ? manifest['license'] : undefined;
      return { name, licence: typeof licence === 'string' ? licence : 'not stated' };
    }),
  );
}
