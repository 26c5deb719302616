/** The needs of an ELF file (Linux): the System V ABI, and the GNU symbol versions as well. */
interface ElfNeeds {
  readonly kind: 'elf';
  readonly cpu: string;
  /** The highest version of each set of symbols that it uses: `GLIBC 2.34`. */
  readonly versions: ReadonlyMap<string, string>;
  /** The libraries that it names. */
  readonly libraries: readonly string[];
}

const cpus: Readonly<Record<number, string>> = { 0x3e: 'x64', 0xb7: 'arm64', 0x28: 'arm' };
const [dynamicSection, versionNeedsSection] = [6, 0x6ffffffe];
const neededTag = 1n;

/** Whether a file begins as an ELF file of 64 bits. */
export function isElf(file: Buffer): boolean {
  return file.length > 64 && file.readUInt32BE(0) === 0x7f454c46 && file.readUInt8(4) === 2;
}

/** Reads a 64-bit little-endian ELF file. Throws a RangeError where it is damaged. */
export function elfNeeds(file: Buffer): ElfNeeds {
  const sectionsAt = Number(file.readBigUInt64LE(0x28));
  const [sectionBytes, sectionCount] = [file.readUInt16LE(0x3a), file.readUInt16LE(0x3c)];
  const sections = Array.from({ length: sectionCount }, (_, index) => {
    const at = sectionsAt + index * sectionBytes;
    return {
      type: file.readUInt32LE(at + 4),
      offset: Number(file.readBigUInt64LE(at + 24)),
      size: Number(file.readBigUInt64LE(at + 32)),
      link: file.readUInt32LE(at + 40),
      info: file.readUInt32LE(at + 44),
    };
  });
  const versions = new Map<string, string>();
  const libraries: string[] = [];
  for (const section of sections) {
    const strings = sections[section.link]?.offset ?? 0;
    if (section.type === versionNeedsSection) {
      let needAt = section.offset;
      for (let need = 0; need < section.info; need += 1) {
        let nameAt = needAt + file.readUInt32LE(needAt + 8);
        for (let count = file.readUInt16LE(needAt + 2); count > 0; count -= 1) {
          addVersion(versions, textAt(file, strings + file.readUInt32LE(nameAt + 8)));
          nameAt += file.readUInt32LE(nameAt + 12);
        }
        needAt += file.readUInt32LE(needAt + 12);
      }
    }
    if (section.type === dynamicSection) {
      for (let at = section.offset; at < section.offset + section.size; at += 16) {
        if (file.readBigUInt64LE(at) !== neededTag) continue;
        libraries.push(textAt(file, strings + Number(file.readBigUInt64LE(at + 8))));
      }
    }
  }
  return { kind: 'elf', cpu: cpus[file.readUInt16LE(0x12)] ?? 'unknown', versions, libraries };
}

/** `GLIBC_2.34`; names without a number (`GLIBC_PRIVATE`) say nothing of a version. */
function addVersion(versions: Map<string, string>, symbolVersion: string): void {
  const [, set = '', version = ''] = /^(.*?)_(\d+(?:\.\d+)*)$/.exec(symbolVersion) ?? [];
  const known = versions.get(set);
  if (set !== '' && (known === undefined || compareVersions(version, known) > 0))
    versions.set(set, version);
}

/** Compares `2.9` and `2.34` by their numbers: negative when the first is the older one. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  for (let index = 0; index < 4; index += 1) {
    const difference = (left?.[index] ?? 0) - (right?.[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The text up to the next zero byte. */
export function textAt(file: Buffer, at: number): string {
  return file.toString('utf8', at, file.indexOf(0, at));
}
