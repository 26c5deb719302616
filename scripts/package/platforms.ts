/** One VSIX that is published: for a platform with its native runtimes, or for all others. WebAssembly is in each. */
export interface PackageTarget {
  /** vsce's name of the platform; absent: the universal package. */
  readonly target?: string;
  /** npm's names, by which the optional dependencies of that platform are chosen. */
  readonly os?: string;
  readonly cpu?: string;
}

/** No package may be larger: it is downloaded by everyone who installs or updates the extension. */
export const largestPackageBytes = 45_000_000;

export const packageTargets: readonly PackageTarget[] = [
  { target: 'linux-x64', os: 'linux', cpu: 'x64' },
  { target: 'linux-arm64', os: 'linux', cpu: 'arm64' },
  { target: 'darwin-x64', os: 'darwin', cpu: 'x64' },
  { target: 'darwin-arm64', os: 'darwin', cpu: 'arm64' },
  { target: 'win32-x64', os: 'win32', cpu: 'x64' },
  {},
];

/** "linux-x64" or "universal". */
export function targetName({ target }: PackageTarget): string {
  return target ?? 'universal';
}

/** The package for the machine that asks: its platform's own, or the universal one. */
export function targetFor(platform: NodeJS.Platform, arch: string): PackageTarget {
  return packageTargets.find(({ os, cpu }) => os === platform && cpu === arch) ?? {};
}

/** Whether an installed package goes into a VSIX: WebAssembly into each, for systems on which the native ones fail. */
export function belongsTo({ target }: PackageTarget, packageName: string): boolean {
  return target !== undefined || packageName === 'sherpa-onnx';
}
