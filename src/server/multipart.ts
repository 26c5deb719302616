import { HttpError } from './httpError';

/** A form of a transcription has about eight parts. */
const mostParts = 32;
const mostHeaderBytes = 8_192;

/** The headers of a part. */
interface PartHeader {
  readonly name: string;
  /** Present for a file, as the client calls it. */
  readonly fileName?: string;
}

/** Takes the content of one part. */
export interface PartSink {
  write(chunk: Buffer): Promise<void> | void;
  end(): Promise<void> | void;
}

/** The boundary that a content type names. Throws 400 when it names none. */
export function boundaryOf(contentType: string): string {
  const found = /;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(contentType);
  const boundary = found?.[1] ?? found?.[2];
  if (boundary !== undefined) return boundary;
  throw malformed('its boundary is missing');
}

/**
 * Reads a `multipart/form-data` body as it comes (RFC 7578): never more than a chunk and a boundary are in memory. Parts
 * come one after the other. Rejects with 400 when the body is not one, and as the sinks do.
 */
export async function readMultipart(
  body: AsyncIterable<Buffer>,
  boundary: string,
  onPart: (header: PartHeader) => Promise<PartSink> | PartSink,
): Promise<void> {
  const reader = new MultipartReader(boundary, onPart);
  for await (const chunk of body) await reader.take(chunk);
  reader.end();
}

type State = 'preamble' | 'boundary' | 'header' | 'content' | 'epilogue';

class MultipartReader {
  readonly #delimiter: Buffer;
  readonly #onPart: (header: PartHeader) => Promise<PartSink> | PartSink;
  #state: State = 'preamble';
  /** The first boundary may begin the body, where no line end precedes it. */
  #rest: Buffer = Buffer.from('\r\n');
  #parts = 0;
  #sink: PartSink | undefined;

  constructor(boundary: string, onPart: (header: PartHeader) => Promise<PartSink> | PartSink) {
    this.#delimiter = Buffer.from(`\r\n--${boundary}`);
    this.#onPart = onPart;
  }

  async take(chunk: Buffer): Promise<void> {
    if (this.#state === 'epilogue') return;
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (await this.#step());
  }

  end(): void {
    if (this.#state !== 'epilogue') throw malformed('it ends early');
  }

  /** Does what the bytes at hand allow; false when more are needed. */
  async #step(): Promise<boolean> {
    switch (this.#state) {
      case 'preamble':
        return this.#skipToBoundary();
      case 'boundary':
        return this.#afterBoundary();
      case 'header':
        return await this.#header();
      case 'content':
        return await this.#content();
      case 'epilogue':
        this.#rest = Buffer.alloc(0);
        return false;
    }
  }

  #skipToBoundary(): boolean {
    const at = this.#rest.indexOf(this.#delimiter);
    if (at >= 0) {
      this.#rest = this.#rest.subarray(at + this.#delimiter.length);
      this.#state = 'boundary';
      return true;
    }
    if (this.#rest.length > mostHeaderBytes) throw malformed('it does not begin with its boundary');
    return false;
  }

  #afterBoundary(): boolean {
    if (this.#rest.length < 2) return false;
    const next = this.#rest.toString('latin1', 0, 2);
    if (next === '--') this.#state = 'epilogue';
    else if (next !== '\r\n') throw malformed('a boundary is followed by something else');
    else {
      this.#state = 'header';
      this.#rest = this.#rest.subarray(2);
      this.#parts += 1;
      if (this.#parts > mostParts) throw malformed('it has too many parts');
    }
    return true;
  }

  async #header(): Promise<boolean> {
    const at = this.#rest.indexOf('\r\n\r\n');
    if (at < 0) {
      if (this.#rest.length > mostHeaderBytes) throw malformed('the head of a part is too long');
      return false;
    }
    const head = this.#rest.toString('utf8', 0, at);
    this.#rest = this.#rest.subarray(at + 4);
    this.#sink = await this.#onPart(partHeader(head));
    this.#state = 'content';
    return true;
  }

  async #content(): Promise<boolean> {
    const at = this.#rest.indexOf(this.#delimiter);
    // The last bytes may be the beginning of the boundary.
    const sureBytes = at >= 0 ? at : this.#rest.length - this.#delimiter.length + 1;
    if (sureBytes > 0) {
      const content = this.#rest.subarray(0, sureBytes);
      this.#rest = this.#rest.subarray(sureBytes);
      await this.#sink?.write(content);
    }
    if (at < 0) return false;
    this.#rest = this.#rest.subarray(this.#delimiter.length);
    await this.#sink?.end();
    this.#sink = undefined;
    this.#state = 'boundary';
    return true;
  }
}

function partHeader(head: string): PartHeader {
  const line = head.split('\r\n').find((each) => /^content-disposition:/i.test(each)) ?? '';
  const name = parameter(line, 'name');
  if (name === undefined) throw malformed('a part has no name');
  const fileName = parameter(line, 'filename');
  return fileName === undefined ? { name } : { name, fileName };
}

/** A parameter of a header, quoted or not; browsers write a quote in it as `%22`. */
function parameter(line: string, name: string): string | undefined {
  const found = new RegExp(`;\\s*${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s;"]+))`, 'i').exec(line);
  return (found?.[1] ?? found?.[2])?.replace(/\\(["\\])/g, '$1').replaceAll('%22', '"');
}

function malformed(what: string): HttpError {
  return new HttpError(400, 'unsupported', `The body is not multipart/form-data: ${what}.`);
}
