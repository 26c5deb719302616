import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { havePackages, packageFolder, type Package } from '../test/npmPackages';

/** Noto Sans (OFL-1.1), the usual font of a Linux desktop; a machine without one would draw all texts far wider. */
const notoSans: Package = {
  name: '@expo-google-fonts/noto-sans',
  version: '0.4.2',
  holds: 'the font Noto Sans',
  integrity:
    'sha512-zYD8G2ijWLxqmquoQgghNh/x9p0yxWwArD0oxO1oXY1qx5vOd4t0Kbhnu/Cx8RTy08OgA8RtxuULZFaXwVPnPw==',
};

const folder = path.resolve('.vscode-test', 'fonts');

/**
 * Has the font of the pictures, and gives back the configuration that makes it the one of every window. It holds for
 * programs that draw by fontconfig (Linux) and have its path as `FONTCONFIG_FILE`; other systems bring a font of their own.
 */
export async function haveFonts(print: (line: string) => void): Promise<string> {
  await havePackages([notoSans], folder, print);
  const file = path.join(folder, 'fonts.conf');
  await writeFile(file, fontConfiguration(path.join(folder, packageFolder(notoSans)), folder));
  return file;
}

/** All fonts of the system, and the folder's for windows that name none. */
function fontConfiguration(fonts: string, cache: string): string {
  const preferred = ['system-ui', 'sans-serif']
    .map(
      (family) =>
        `<match target="pattern"><test name="family"><string>${family}</string></test>` +
        '<edit name="family" mode="prepend" binding="strong"><string>Noto Sans</string></edit></match>',
    )
    .join('\n');
  return `<?xml version="1.0"?>
<fontconfig>
<include ignore_missing="yes">/etc/fonts/fonts.conf</include>
<dir>${fonts}</dir>
<cachedir>${path.join(cache, 'cache')}</cachedir>
${preferred}
</fontconfig>
`;
}
