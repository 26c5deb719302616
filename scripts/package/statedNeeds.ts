import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isObject, parseJson } from '../../src/common/json';
import type { PackageNeeds } from './systemNeeds';

/** The stated needs of each VSIX: read by people, and compared with the packed files. */
const statedNeedsPath = path.join('scripts', 'package', 'needs.json');

type NeedsOfTarget = Readonly<Record<string, PackageNeeds>>;

/** A line for each package of a VSIX. */
export function needsLines(needs: NeedsOfTarget): readonly string[] {
  return Object.entries(needs).map(([name, each]) => {
    const parts = Object.entries(each).map(([what, needed]) =>
      typeof needed === 'string' ? `${what} ${needed}` : `${what} ${needed.join(' ')}`,
    );
    return `${name}: ${parts.join(', ')}`;
  });
}

/** Where a VSIX is not as the project says; none when all is right. */
export async function needsProblems(
  target: string,
  needs: NeedsOfTarget,
): Promise<readonly string[]> {
  const stated = (await readStated())[target];
  const [found, said] = [JSON.stringify(needs), JSON.stringify(stated)];
  const problems = Object.entries(needs).flatMap(([name, each]) =>
    isRefusedByMac(each)
      ? [`${name} has a program without a valid signature, which macOS does not load`]
      : [],
  );
  if (found === said) return problems;
  return [
    ...problems,
    `its programs do not need what ${statedNeedsPath} says. If that is meant: npm run package -- --write-needs, and README.md`,
  ];
}

/** An Intel processor loads what is not signed at all; no Mac loads what was changed after it was signed. */
function isRefusedByMac({ cpu, signature }: PackageNeeds): boolean {
  const signatures = String(signature ?? '');
  return (
    signatures.includes('broken') || (signatures.includes('none') && String(cpu).includes('arm64'))
  );
}

/** Writes what a VSIX needs into the file; the others stay. */
export async function writeNeeds(target: string, needs: NeedsOfTarget): Promise<void> {
  const all = { ...(await readStated()), [target]: needs };
  await writeFile(statedNeedsPath, `${JSON.stringify(all, undefined, 2)}\n`);
}

async function readStated(): Promise<Record<string, unknown>> {
  const read = parseJson(await readFile(statedNeedsPath, 'utf8').catch(() => '{}'));
  return isObject(read) ? { ...read } : {};
}
