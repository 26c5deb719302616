import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { packFolder } from './packFolder';
import { targetName, type PackageTarget } from './platforms';
import { stage } from './stage';

/** A VSIX, and the folder that it was packed from; both absolute. */
export interface PackedPlatform {
  readonly vsix: string;
  readonly folder: string;
}

/** Packs one platform; the production bundles must have been built. */
export async function packagePlatform(target: PackageTarget): Promise<PackedPlatform> {
  const folder = await stage(target);
  const vsix = path.resolve('out', 'vsix', `asr-model-manager-${targetName(target)}.vsix`);
  await mkdir(path.dirname(vsix), { recursive: true });
  await packFolder(folder, vsix, target.target);
  return { vsix, folder };
}
