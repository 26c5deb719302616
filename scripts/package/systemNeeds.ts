import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { compareVersions, elfNeeds, isElf } from './binaries/elf';
import { isMachO, machONeeds } from './binaries/machO';
import { isPe, peNeeds } from './binaries/pe';

/** The needs of one package's programs and libraries, in words that can be compared and printed. */
export type PackageNeeds = Readonly<Record<string, string | readonly string[]>>;

/** Libraries that every system with the named version of its C library has. */
const ofTheSystem =
  /^(?:libc|libm|libpthread|libdl|librt|ld-linux[-\w]*)\.so(?:\.\d+)?$|^(?:kernel32|advapi32|user32|ole32|shell32|ws2_32|bcrypt|setupapi|dxgi|dbghelp|cfgmgr32)\.dll$|^(?:api-ms-win|node\.exe)/i;

/**
 * Reads every program and library below the node_modules of an unpacked VSIX: what each package needs, by its name.
 * Packages without any are left out. `only`: these packages alone.
 */
export async function systemNeeds(
  folder: string,
  only: readonly string[] = [''],
): Promise<Readonly<Record<string, PackageNeeds>>> {
  const modules = path.join(folder, 'node_modules');
  const options = { recursive: true, withFileTypes: true } as const;
  const read = only.map((name) => readdir(path.join(modules, name), options).catch(() => []));
  const files = (await Promise.all(read)).flat();
  const byPackage = new Map<string, Buffer[]>();
  const inside = new Map<string, Set<string>>();
  for (const file of files) {
    if (!file.isFile()) continue;
    const name = path.relative(modules, file.parentPath).split(path.sep);
    const packageName = name.slice(0, name[0]?.startsWith('@') === true ? 2 : 1).join('/');
    const content = await readFile(path.join(file.parentPath, file.name));
    if (!isElf(content) && !isMachO(content) && !isPe(content)) continue;
    byPackage.set(packageName, [...(byPackage.get(packageName) ?? []), content]);
    inside.set(packageName, (inside.get(packageName) ?? new Set()).add(file.name.toLowerCase()));
  }
  const needs: Record<string, PackageNeeds> = {};
  for (const [name, contents] of [...byPackage].sort(([a], [b]) => (a < b ? -1 : 1))) {
    needs[name] = needsOf(contents, inside.get(name) ?? new Set());
  }
  return needs;
}

/** The strictest of what several files need. `own`: libraries that lie beside them. */
function needsOf(contents: readonly Buffer[], own: ReadonlySet<string>): PackageNeeds {
  const versions = new Map<string, string>();
  const [cpus, libraries, signatures] = [new Set<string>(), new Set<string>(), new Set<string>()];
  const atLeast = (what: string, version: string): void => {
    const known = versions.get(what);
    if (known === undefined || compareVersions(version, known) > 0) versions.set(what, version);
  };
  for (const content of contents) {
    if (isElf(content)) {
      const needs = elfNeeds(content);
      cpus.add(needs.cpu);
      for (const [what, version] of needs.versions) atLeast(what, version);
      for (const library of needs.libraries) libraries.add(library);
    } else if (isPe(content)) {
      const needs = peNeeds(content);
      cpus.add(needs.cpu);
      atLeast('Windows', needs.windows);
      for (const library of needs.libraries) libraries.add(library);
    } else {
      for (const needs of machONeeds(content)) {
        cpus.add(needs.cpu);
        atLeast('macOS', needs.macOs);
        signatures.add(needs.signature);
      }
    }
  }
  const others = [...libraries].filter(
    (library) => !ofTheSystem.test(library) && !own.has(library.toLowerCase()),
  );
  return {
    cpu: [...cpus].sort().join(', '),
    ...Object.fromEntries([...versions].sort(([a], [b]) => (a < b ? -1 : 1))),
    ...(signatures.size === 0 ? {} : { signature: [...signatures].sort().join(', ') }),
    ...(others.length === 0 ? {} : { libraries: others.sort() }),
  };
}
