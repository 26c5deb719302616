/**
 * Kinds of work that depend on the platform:
 * - `held`: renames, removes or opens a file without waiting for a program that holds it (Windows refuses it meanwhile)
 * - `separator`: takes a separator for granted
 * - `case`: compares paths by their text, or folds their case
 * - `link`: makes or reads links
 */
export type PlatformWork = 'held' | 'separator' | 'case' | 'link';

/** The files that may depend on the platform, each with the reason; every other file uses their functions. */
export const platformHelpers: Readonly<
  Record<string, Readonly<Partial<Record<PlatformWork, string>>> | undefined>
> = {
  'src/common/paths.ts': {
    separator: 'the helper',
    case: 'the helper',
  },
  'src/common/fileInUse.ts': { held: 'the helper', link: 'opens what is no link' },
  'src/common/process.ts': { held: 'files of /proc', link: 'links of /proc' },
  'src/common/hubEnvironment.ts': { held: 'a token of other tools, without which all goes on' },
  'src/cache/disk.ts': { held: 'the helper', link: 'the helper' },
  'src/cache/layout.ts': { separator: 'makes thousands of paths in a scan' },
  'src/cache/repoReader.ts': {
    link: 'reads links as they are, and compares where they lead',
    separator: 'makes thousands of paths in a scan',
    case: 'its paths are all made of one root',
  },
  'src/cache/cacheContext.ts': { link: 'finds out whether links can be made' },
  'src/cache/publish.ts': { link: 'compares a link by isSameLink' },
  'src/cache/regularFile.ts': { held: 'tells a refusal to who can wait' },
  'src/cache/verifiedLedger.ts': { held: 'tells a refusal to who can wait' },
  'src/cache/safePath.ts': { separator: 'refuses names by the rules of all systems' },
  'src/catalog/builtInCatalog.ts': { held: 'a file of the extension' },
  'src/catalog/filePatterns.ts': { separator: 'patterns are written with either slash' },
  'src/download/files/partialFiles.ts': { link: 'opens what is no link' },
  'src/download/files/hashQueue.ts': { link: 'opens what is no link' },
  'src/http/openSocket.ts': { held: 'certificates of the system, each of which may be missing' },
  'src/runtime/process/shortPaths.ts': { link: 'makes junctions, which every Windows has' },
  'src/runtime/snippet/shell.ts': { separator: 'takes a shell of any system apart' },
  'src/cli/main.ts': { held: 'a file of the extension' },
  'src/cli/commands/transcribeCommand.ts': { separator: 'a folder is written with either slash' },
  'src/common/networkEnvironment.ts': { held: 'certificates, each of which may be missing' },
  'src/vscode/panel/modelManagerPanel.ts': { held: 'a file of the extension' },
  'src/vscode/picker/pickerItems.ts': { separator: 'shortens a path for the eye' },
};
