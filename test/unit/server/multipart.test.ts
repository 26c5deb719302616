import assert from 'node:assert/strict';
import { readMultipart } from '../../../src/server/multipart';

async function* chunksOf(body: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < body.length; at += size) {
    yield await Promise.resolve(body.subarray(at, at + size));
  }
}

async function parts(
  body: string | Buffer,
  size = 7,
): Promise<{ name: string; fileName?: string; content: string }[]> {
  const found: { name: string; fileName?: string; content: string }[] = [];
  await readMultipart(chunksOf(Buffer.from(body), size), 'X', (header) => {
    const chunks: Buffer[] = [];
    return {
      write: (chunk) => void chunks.push(Buffer.from(chunk)),
      end: () => void found.push({ ...header, content: Buffer.concat(chunks).toString('latin1') }),
    };
  });
  return found;
}

const head = (rest: string): string => `Content-Disposition: form-data; ${rest}\r\n\r\n`;

describe('a form that is read as it comes', () => {
  const content = '\r\n--Y\r\n--\r\n-\r\n\r\n--';
  const body = `--X\r\n${head('name="a"')}1\r\n--X\r\n${head('name="file"; filename="b \\"c\\".wav"')}${content}\r\n--X--\r\nepilogue`;

  for (let size = 1; size <= 80; size += 1) {
    it(`in pieces of ${String(size)} bytes, with content that looks like a boundary`, async () => {
      assert.deepEqual(await parts(body, size), [
        { name: 'a', content: '1' },
        { name: 'file', fileName: 'b "c".wav', content },
      ]);
    });
  }

  it('with a preamble, an empty part and an unquoted name', async () => {
    const odd = `hello\r\n--X\r\n${head('name=a')}\r\n--X--`;
    assert.deepEqual(await parts(odd), [{ name: 'a', content: '' }]);
  });

  const malformed: Readonly<Record<string, string>> = {
    nothing: '',
    'no boundary': 'hello',
    'a long preamble': 'x'.repeat(20_000),
    'an end within a part': `--X\r\n${head('name="a"')}1`,
    'an end within a head': '--X\r\nContent-Disp',
    'a part without a name': '--X\r\nContent-Type: text/plain\r\n\r\n1\r\n--X--',
    'a head that never ends': `--X\r\n${'x'.repeat(20_000)}`,
    'a boundary that goes on': `--X\r\n${head('name="a"')}1\r\n--XY\r\n`,
    'parts without end': `--X\r\n${head('name="a"')}1\r\n`.repeat(100),
  };
  for (const [what, text] of Object.entries(malformed)) {
    it(`refuses ${what}`, async () => {
      await assert.rejects(parts(text, 1000), { name: 'HttpError', status: 400 });
    });
  }
});
