import { createHash } from 'node:crypto';

/** The needs of a Mach-O file (macOS), and how it is signed. */
interface MachONeeds {
  readonly kind: 'machO';
  readonly cpu: string;
  /** The first macOS that it says it runs on. */
  readonly macOs: string;
  /**
   * `adhoc`: signed without a name, which is what an Apple processor asks for at least; `named`: signed with a name;
   * `none`; `broken`: a page differs from what was signed, and the system ends every process that loads it.
   */
  readonly signature: 'adhoc' | 'named' | 'none' | 'broken';
}

const cpus: Readonly<Record<number, string>> = { 0x01000007: 'x64', 0x0100000c: 'arm64' };
const [thinMagic, fatMagic] = [0xfeedfacf, 0xcafebabe];
const [minimumVersion, buildVersion, codeSignature] = [0x24, 0x32, 0x1d];
const [signatureMagic, directoryMagic, adhocFlag] = [0xfade0cc0, 0xfade0c02, 0x2];

/** Whether a file begins as a Mach-O file of one or of several processors. */
export function isMachO(file: Buffer): boolean {
  if (file.length < 32) return false;
  // A Java class begins like a file of several processors, with a larger number after it.
  return (
    file.readUInt32LE(0) === thinMagic ||
    (file.readUInt32BE(0) === fatMagic && file.readUInt32BE(4) < 20)
  );
}

/** Reads what is there for each processor. Throws a RangeError where the file is damaged. */
export function machONeeds(file: Buffer): readonly MachONeeds[] {
  if (file.readUInt32BE(0) !== fatMagic) return [thinNeeds(file)];
  return Array.from({ length: file.readUInt32BE(4) }, (_, index) => {
    const at = 8 + index * 20;
    const offset = file.readUInt32BE(at + 8);
    return thinNeeds(file.subarray(offset, offset + file.readUInt32BE(at + 12)));
  });
}

function thinNeeds(file: Buffer): MachONeeds {
  let [macOs, signature]: [string, MachONeeds['signature']] = ['', 'none'];
  let at = 32;
  for (let count = file.readUInt32LE(16); count > 0; count -= 1) {
    const command = file.readUInt32LE(at);
    if (command === buildVersion) macOs = version(file.readUInt32LE(at + 12));
    if (command === minimumVersion) macOs = version(file.readUInt32LE(at + 8));
    if (command === codeSignature) {
      const dataAt = file.readUInt32LE(at + 8);
      signature = signatureOf(file, file.subarray(dataAt, dataAt + file.readUInt32LE(at + 12)));
    }
    at += file.readUInt32LE(at + 4);
  }
  return { kind: 'machO', cpu: cpus[file.readUInt32LE(4)] ?? 'unknown', macOs, signature };
}

function version(packed: number): string {
  return `${String(packed >>> 16)}.${String((packed >>> 8) & 0xff)}`;
}

/** Every page is hashed and compared: a tool that changed the file after it was signed leaves one that can't be loaded. */
function signatureOf(file: Buffer, blob: Buffer): MachONeeds['signature'] {
  if (blob.length < 12 || blob.readUInt32BE(0) !== signatureMagic) return 'broken';
  let kind: MachONeeds['signature'] = 'broken';
  for (let index = 0; index < blob.readUInt32BE(8); index += 1) {
    const directory = blob.subarray(blob.readUInt32BE(16 + index * 8));
    if (directory.readUInt32BE(0) !== directoryMagic) continue;
    if (!pagesAreRight(file, directory)) return 'broken';
    kind = (directory.readUInt32BE(12) & adhocFlag) === 0 ? 'named' : 'adhoc';
  }
  return kind;
}

function pagesAreRight(file: Buffer, directory: Buffer): boolean {
  const [hashesAt, slots, limit] = [16, 28, 32].map((at) => directory.readUInt32BE(at)) as [
    number,
    number,
    number,
  ];
  const [hashBytes, hashType, pageShift] = [36, 37, 39].map((at) => directory.readUInt8(at)) as [
    number,
    number,
    number,
  ];
  const algorithm = hashType === 1 ? 'sha1' : 'sha256';
  const pageBytes = 2 ** pageShift;
  for (let slot = 0; slot < slots; slot += 1) {
    const page = file.subarray(slot * pageBytes, Math.min(limit, (slot + 1) * pageBytes));
    const found = createHash(algorithm).update(page).digest().subarray(0, hashBytes);
    const at = hashesAt + slot * hashBytes;
    if (!found.equals(directory.subarray(at, at + hashBytes))) return false;
  }
  return slots > 0;
}
