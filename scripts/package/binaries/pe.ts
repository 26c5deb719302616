import { textAt } from './elf';

/** The needs of a PE file (Windows). */
interface PeNeeds {
  readonly kind: 'pe';
  readonly cpu: string;
  /** The first version of Windows that it says it runs on; 6.0 is Vista. */
  readonly windows: string;
  /** The libraries that it loads at its start. */
  readonly libraries: readonly string[];
}

const cpus: Readonly<Record<number, string>> = { 0x8664: 'x64', 0xaa64: 'arm64', 0x14c: 'ia32' };

/** Whether a file begins as a PE file. */
export function isPe(file: Buffer): boolean {
  if (file.length < 64 || file.toString('latin1', 0, 2) !== 'MZ') return false;
  const at = file.readUInt32LE(0x3c);
  return at + 4 <= file.length && file.toString('latin1', at, at + 4) === 'PE\0\0';
}

/** Reads a 64-bit PE file. Throws a RangeError where it is damaged. */
export function peNeeds(file: Buffer): PeNeeds {
  const headerAt = file.readUInt32LE(0x3c) + 4;
  const optionalAt = headerAt + 20;
  const sectionsAt = optionalAt + file.readUInt16LE(headerAt + 16);
  const sections = Array.from({ length: file.readUInt16LE(headerAt + 2) }, (_, index) => {
    const at = sectionsAt + index * 40;
    return {
      address: file.readUInt32LE(at + 12),
      size: file.readUInt32LE(at + 16),
      offset: file.readUInt32LE(at + 20),
    };
  });
  const offsetOf = (address: number): number => {
    const section = sections.find(
      (one) => address >= one.address && address < one.address + one.size,
    );
    return section === undefined ? 0 : address - section.address + section.offset;
  };
  const libraries: string[] = [];
  const importsAt = offsetOf(file.readUInt32LE(optionalAt + 120));
  for (let at = importsAt; at > 0 && file.readUInt32LE(at + 12) !== 0; at += 20) {
    libraries.push(textAt(file, offsetOf(file.readUInt32LE(at + 12))));
  }
  const [major, minor] = [48, 50].map((at) => String(file.readUInt16LE(optionalAt + at)));
  return {
    kind: 'pe',
    cpu: cpus[file.readUInt16LE(headerAt)] ?? 'unknown',
    windows: `${major ?? ''}.${minor ?? ''}`,
    libraries,
  };
}
