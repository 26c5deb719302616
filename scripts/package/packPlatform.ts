import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { createVSIX } from '@vscode/vsce';
import { targetName, type PackageTarget } from './platforms';
import { stage } from './stage';

/** Packs one platform; the production bundles must have been built. Returns the absolute path of the VSIX. */
export async function packagePlatform(target: PackageTarget): Promise<string> {
  const folder = await stage(target);
  const packagePath = path.resolve('out', 'vsix', `asr-model-manager-${targetName(target)}.vsix`);
  await mkdir(path.dirname(packagePath), { recursive: true });
  await createVSIX({
    cwd: folder,
    packagePath,
    dependencies: true,
    allowMissingRepository: true,
    rewriteRelativeLinks: false,
    ...(target.target === undefined ? {} : { target: target.target }),
  });
  return packagePath;
}
