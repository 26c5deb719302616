import { gzipSync } from 'node:zlib';
import type { Answer, Ask, RawServerOptions } from './rawServer';

/** One way to answer, and what has to come of it. */
export interface AdversaryCase extends Pick<RawServerOptions, 'tls' | 'onConnection'> {
  readonly what: string;
  readonly answer: Answer;
  /** The right bytes, or the code of the error and its sentence. */
  readonly ends: 'whole' | { readonly code: string; readonly says: RegExp };
  /** curl's end of the same request, for the whole file, where it is a reference: it is right. */
  readonly curl?: 'whole' | 'fails';
  /** It is asked in TLS, which it does not speak. */
  readonly askedInTls?: true;
  /** For silent ends: the stall limit, in milliseconds. */
  readonly stallMs?: number;
}

const notHttp = {
  code: 'network',
  says: /^127\.0\.0\.1:\d+ sent an answer that is not valid HTTP\.$/,
};
const cutShort = {
  code: 'network',
  says: /^127\.0\.0\.1:\d+ ended the connection before (?:its answer|the file) was complete\.$/,
};
const broken = { code: 'network', says: /^The connection to 127\.0\.0\.1:\d+ was broken off\.$/ };
const tooLarge = {
  code: 'network',
  says: /^127\.0\.0\.1:\d+ sent an answer whose head is longer than /,
};
const different = { code: 'integrity', says: /^127\.0\.0\.1:\d+ has a different file: / };
const ownProblem = (status: number): AdversaryCase['ends'] => ({
  code: 'network',
  says: new RegExp(`has a problem of its own \\(${String(status)}\\)`),
});

/** Sends the head as it is changed by `change`, and the right body. */
const headed =
  (change: (head: string) => string): Answer =>
  (ask) =>
    ask.send(change(ask.head()), ask.body);

/** Header lines that are added, or that replace the usual ones. */
const lines =
  (more: Readonly<Record<string, string | undefined>>): Answer =>
  (ask) =>
    ask.send(ask.head(more), ask.body);

/** Something else than the right answer, the first `times` times. */
const first =
  (times: number, other: Answer): Answer =>
  (ask) =>
    ask.nth <= times ? other(ask) : ask.sendRight();

function* pieces(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

function* chunks(body: Uint8Array, size: number, extension = ''): Generator<Uint8Array> {
  for (const piece of pieces(body, size)) {
    yield Buffer.from(`${piece.length.toString(16)}${extension}\r\n`);
    yield piece;
    yield Buffer.from('\r\n');
  }
}

const chunkedHead = (ask: Ask): string =>
  ask.head({ 'Content-Length': undefined, 'Transfer-Encoding': 'chunked' });

const chunked =
  (size: number, end = '0\r\n\r\n', extension = ''): Answer =>
  (ask) =>
    ask.send(chunkedHead(ask), ...chunks(ask.body, size, extension), end);

/** A status with a short text, as a server sends it that has nothing else to say. */
const status =
  (code: number, more: Readonly<Record<string, string>> = {}): Answer =>
  (ask) =>
    ask.send(
      ask.head({ 'Content-Range': undefined, 'Content-Length': '2', ...more }, `${String(code)} X`),
      'no',
    );

const chunkedStatus =
  (code: number): Answer =>
  (ask) =>
    ask.send(
      `HTTP/1.1 ${String(code)} X\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n`,
    );

/** Redirects the first request, and answers at the end of the redirect. */
const redirect =
  (line: string, location = '/moved', body = 'Content-Length: 0\r\n\r\n'): Answer =>
  (ask) =>
    ask.target.startsWith('/moved')
      ? ask.sendRight()
      : ask.send(`HTTP/1.1 ${line}\r\nLocation: ${location}\r\n${body}`);

/** Answers that are allowed: every case ends in the right bytes. */
const legal: readonly Omit<AdversaryCase, 'ends'>[] = [
  { what: 'the right answer', answer: (ask) => ask.sendRight(), curl: 'whole' },
  {
    what: 'lines that end in a line feed alone',
    answer: headed((head) => head.replaceAll('\r\n', '\n')),
    curl: 'whole',
  },
  {
    what: 'line ends of both kinds',
    answer: headed((head) => head.replace('\r\n', '\n').replace(/\r\n\r\n$/, '\n\r\n')),
    curl: 'whole',
  },
  {
    what: 'no reason phrase',
    answer: headed((head) => head.replace(/^(HTTP\/1\.1 \d+).*/, '$1')),
    curl: 'whole',
  },
  {
    what: 'HTTP/1.0',
    answer(ask) {
      ask.send(ask.head().replace('HTTP/1.1', 'HTTP/1.0'), ask.body);
      ask.socket.end();
    },
    curl: 'whole',
  },
  {
    what: 'HTTP/1.0, the whole to the end of the connection',
    answer(ask) {
      ask.send('HTTP/1.0 200 OK\r\n\r\n', ask.content);
      ask.socket.end();
    },
    curl: 'whole',
  },
  {
    what: 'a part to the end of the connection',
    answer(ask) {
      ask.send(ask.head({ 'Content-Length': undefined, Connection: 'close' }), ask.body);
      ask.socket.end();
    },
    curl: 'whole',
  },
  {
    what: '100 Continue before the answer',
    answer: (ask) => ask.send('HTTP/1.1 100 Continue\r\n\r\n', ask.head(), ask.body),
    curl: 'whole',
  },
  {
    what: '102 and 103 with headers before the answer, in packets of their own',
    answer: (ask) =>
      ask.drip([
        'HTTP/1.1 102 Processing\r\n\r\n',
        'HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n',
        'HTTP/1.1 103 Early Hints\r\nContent-Length: 7\r\n\r\n',
        ask.head(),
        ask.body,
      ]),
    curl: 'whole',
  },
  {
    what: 'header names in capitals, without a space, with tabs',
    answer: headed((head) =>
      head
        .replace('Content-Length: ', 'CONTENT-LENGTH:')
        .replace('Content-Range: ', 'content-RANGE:\t \t'),
    ),
    curl: 'whole',
  },
  {
    what: 'a header that goes on in the next line',
    answer: headed((head) => head.replace('\r\n', '\r\nX-Long: one\r\n two\r\n\tthree\r\n')),
    curl: 'whole',
  },
  {
    what: 'an empty header, and the same header many times',
    answer: headed((head) => head.replace('\r\n', `\r\nX-Empty:\r\n${'X-Many: a\r\n'.repeat(50)}`)),
    curl: 'whole',
  },
  {
    what: 'letters beyond ASCII in a header',
    answer: lines({ 'X-Name': Buffer.from('Müller 测试').toString('latin1') }),
    curl: 'whole',
  },
  {
    what: 'the same length twice',
    answer: headed((head) => head.replace(/Content-Length: \d+\r\n/, '$&$&')),
    curl: 'whole',
  },
  {
    what: 'the same length in a list',
    answer: headed((head) => head.replace(/Content-Length: (\d+)/, 'Content-Length: $1, $1')),
  },
  { what: 'a head of 30 kB', answer: lines({ 'X-Large': 'x'.repeat(30_000) }), curl: 'whole' },
  { what: 'a head of 60 kB', answer: lines({ 'X-Large': 'x'.repeat(60_000) }), curl: 'whole' },
  {
    what: 'a head that comes byte by byte',
    answer: (ask) => ask.drip([...pieces(Buffer.from(ask.head()), 1), ask.body]),
    curl: 'whole',
  },
  {
    what: 'a body in many little packets',
    answer: (ask) => ask.drip([ask.head(), ...pieces(ask.body, 100)]),
    curl: 'whole',
  },
  { what: 'chunks', answer: chunked(1000), curl: 'whole' },
  { what: 'one chunk', answer: chunked(1e6), curl: 'whole' },
  { what: 'chunks of seven bytes', answer: chunked(7), curl: 'whole' },
  {
    what: 'chunks with extensions',
    answer: chunked(1000, '0\r\n\r\n', ';a=b;c="d"'),
    curl: 'whole',
  },
  {
    what: 'chunks with trailers',
    answer: chunked(1000, '0\r\nX-Sum: abc\r\nX-More: def\r\n\r\n'),
    curl: 'whole',
  },
  {
    what: 'chunks that come byte by byte',
    answer: (ask) =>
      ask.drip([
        chunkedHead(ask),
        ...pieces(Buffer.concat([...chunks(ask.body, 3000), Buffer.from('0\r\n\r\n')]), 37),
      ]),
  },
  {
    what: 'chunk sizes in capitals with zeros in front',
    answer: (ask) =>
      ask.send(
        chunkedHead(ask),
        `0000${ask.body.length.toString(16).toUpperCase()}\r\n`,
        ask.body,
        '\r\n000\r\n\r\n',
      ),
    curl: 'whole',
  },
  { what: 'Connection: close, and a close', answer: closing, curl: 'whole' },
  {
    what: 'a connection that is half closed after each body, without a word before',
    answer(ask) {
      ask.sendRight();
      ask.socket.end();
    },
    curl: 'whole',
  },
  {
    what: 'a connection that is reset after each body',
    answer(ask) {
      ask.send(ask.head());
      ask.socket.write(ask.body, () => setImmediate(() => ask.socket.resetAndDestroy()));
    },
  },
  { what: 'Keep-Alive: timeout=0', answer: lines({ 'Keep-Alive': 'timeout=0' }) },
  {
    what: 'more bytes than announced',
    answer: (ask) => ask.send(ask.head(), ask.body, 'surplus'),
    curl: 'whole',
  },
  {
    what: 'another answer right behind the one that was asked for',
    answer: (ask) => ask.send(ask.head(), ask.body, ask.head(), Buffer.alloc(ask.body.length)),
    curl: 'whole',
  },
  {
    what: 'a 408 that comes when nothing is asked',
    async answer(ask) {
      ask.sendRight();
      await new Promise(setImmediate);
      ask.send('HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n');
      ask.socket.end();
    },
  },
  {
    what: 'the second request of every connection is not answered but closed',
    answer: (ask) => (ask.nthOnConnection === 1 ? ask.sendRight() : void ask.socket.end()),
  },
  {
    what: 'the second request of every connection gets a 408',
    answer: (ask) => (ask.nthOnConnection === 1 ? ask.sendRight() : status(408)(ask)),
  },
  {
    what: 'the whole file for every range',
    answer: (ask) =>
      ask.send(
        ask.head(
          { 'Content-Range': undefined, 'Content-Length': String(ask.content.length) },
          '200 OK',
        ),
        ask.content,
      ),
  },
  {
    what: 'a part of a file whose size the server does not know',
    answer: (ask) =>
      ask.send(
        ask.head({ 'Content-Range': ask.contentRange.replace(/\/\d+$/, '/*') }, '206 Partial'),
        ask.body,
      ),
  },
  {
    what: 'no more than 1000 bytes of every range',
    answer(ask) {
      const body = ask.body.subarray(0, 1000);
      const { start } = ask.range;
      const last = start + body.length - 1;
      const range = `bytes ${String(start)}-${String(last)}/${String(ask.content.length)}`;
      const length = String(body.length);
      ask.send(ask.head({ 'Content-Range': range, 'Content-Length': length }, '206 Part'), body);
    },
  },
  {
    what: 'more of the file than was asked for',
    answer(ask) {
      const { start } = ask.range;
      const body = ask.content.subarray(start);
      const range = `bytes ${String(start)}-${String(ask.content.length - 1)}/${String(ask.content.length)}`;
      const length = String(body.length);
      ask.send(ask.head({ 'Content-Range': range, 'Content-Length': length }, '206 Part'), body);
    },
  },
  {
    what: 'parts in the multipart form',
    answer(ask) {
      if (!ask.asksForPart) ask.sendRight();
      else {
        const text = `--b\r\nContent-Range: ${ask.contentRange}\r\n\r\n${ask.body.toString('latin1')}\r\n--b--\r\n`;
        const type = 'multipart/byteranges; boundary=b';
        const more = { 'Content-Type': type, 'Content-Range': undefined };
        ask.send(ask.head({ ...more, 'Content-Length': String(text.length) }), text);
      }
    },
  },
  {
    what: 'parts without a Content-Range',
    answer: (ask) => ask.send(ask.head({ 'Content-Range': undefined }), ask.body),
  },
  {
    what: 'parts that begin somewhere else',
    answer: (ask) =>
      ask.asksForPart
        ? ask.send(ask.head({ 'Content-Range': 'bytes 7-99/30000' }), ask.body)
        : ask.sendRight(),
  },
  {
    what: 'a new ETag in every answer',
    answer: (ask) => lines({ ETag: `"${String(ask.nth)}"` })(ask),
  },
  { what: 'weak ETags', answer: (ask) => lines({ ETag: `W/"${String(ask.nth)}"` })(ask) },
  { what: 'Content-Encoding: identity', answer: lines({ 'Content-Encoding': 'identity' }) },
  {
    what: 'bodies that are cut off after 5000 bytes',
    answer(ask) {
      ask.send(ask.head(), ask.body.subarray(0, 5000));
      ask.socket.end();
    },
  },
  {
    what: 'bodies that are cut off by a reset after 5000 bytes',
    answer(ask) {
      ask.send(ask.head());
      ask.socket.write(ask.body.subarray(0, 5000), () =>
        setImmediate(() => ask.socket.resetAndDestroy()),
      );
    },
  },
  ...['301 Moved', '302 Found', '303 See Other', '307 Temporary', '308 Permanent'].map((line) => ({
    what: `a redirect with ${line}`,
    answer: redirect(line),
  })),
  {
    what: 'a redirect with a chunked text',
    answer: redirect(
      '302 Found',
      '/moved',
      'Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n',
    ),
  },
  {
    what: 'a redirect without any length, on a connection that stays open',
    answer: redirect('302 Found', '/moved', '\r\nsome text'),
  },
  {
    what: 'a redirect with the same Location twice',
    answer: redirect('302 Found', '/moved\r\nLocation: /moved', 'Content-Length: 0\r\n\r\n'),
  },
  {
    what: 'a redirect to a path in raw UTF-8',
    answer: (ask) =>
      ask.target.startsWith(encodeURI('/größe/模型'))
        ? ask.sendRight()
        : ask.send(
            Buffer.from('HTTP/1.1 302 Found\r\nLocation: /größe/模型\r\nContent-Length: 0\r\n\r\n'),
          ),
  },
  { what: 'a redirect to ./moved', answer: redirect('302 Found', './moved') },
  { what: 'a redirect with a fragment', answer: redirect('302 Found', '/moved?a=b#there') },
  ...[408, 421, 425, 429, 500, 501, 502, 503, 504, 520, 529].flatMap((code) => [
    { what: `${String(code)} once`, answer: first(1, status(code)) },
    { what: `${String(code)} once, in chunks`, answer: first(1, chunkedStatus(code)) },
  ]),
  {
    what: '503 once, to the end of the connection',
    answer: first(1, (ask) => {
      ask.send('HTTP/1.1 503 Busy\r\n\r\nbusy');
      ask.socket.end();
    }),
  },
  { what: 'a reset once', answer: first(1, (ask) => void ask.socket.resetAndDestroy()) },
  { what: 'no answer but an end, once', answer: first(1, (ask) => void ask.socket.end()) },
  { what: 'nonsense once', answer: first(1, (ask) => ask.send('nonsense\r\n\r\n')) },
];

function closing(ask: Ask): void {
  ask.send(ask.head({ Connection: 'close' }), ask.body);
  ask.socket.end();
}

const always = (text: string | Uint8Array): Answer => {
  return (ask) => {
    ask.send(text);
    ask.socket.end();
  };
};

/** Answers that are not allowed: each ends in an error whose sentence says what came. */
const illegal: readonly AdversaryCase[] = [
  ...Object.entries({
    'the greeting of another protocol': 'SSH-2.0-OpenSSH_9.6\r\n',
    'a TLS alert': Uint8Array.of(0x15, 3, 1, 0, 2, 2, 70),
    'an HTTP/2 frame': Uint8Array.of(0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 100),
    zeros: new Uint8Array(100),
    'the head of another protocol': 'ICY 200 OK\r\n\r\n',
    'HTTP/2 as text': 'HTTP/2 200 OK\r\nContent-Length: 0\r\n\r\n',
    'HTTP/0.9, a body alone': 'just some text\n',
    'a status with two digits': 'HTTP/1.1 20 OK\r\n\r\n',
    'a status with four digits': 'HTTP/1.1 2000 OK\r\n\r\n',
    'a status in letters': 'HTTP/1.1 OK\r\n\r\n',
    'a header without a colon': 'HTTP/1.1 200 OK\r\nContent-Length 5\r\n\r\nhello',
    'a header name with a space': 'HTTP/1.1 200 OK\r\nContent Length: 5\r\n\r\nhello',
    'a header without a name': 'HTTP/1.1 200 OK\r\n: 5\r\n\r\nhello',
    'a zero byte in a header name': 'HTTP/1.1 200 OK\r\nA\0B: 5\r\n\r\n',
    'two lengths that differ':
      'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello',
    'a length in letters': 'HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\nhello',
    'a negative length': 'HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello',
    'a length beyond counting': `HTTP/1.1 200 OK\r\nContent-Length: ${'9'.repeat(30)}\r\n\r\nhello`,
    'a change of protocol': 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n',
    'a chunk whose size is no number':
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n',
  }).map(([what, text]) => ({ what, answer: always(text), ends: notHttp })),
  {
    what: 'an end in the middle of the head',
    answer: always('HTTP/1.1 200 OK\r\nContent-Le'),
    ends: cutShort,
  },
  {
    what: 'no answer but an end',
    answer: (ask) => void ask.socket.end(),
    ends: { code: 'network', says: /^127\.0\.0\.1:\d+ closed the connection without an answer\.$/ },
    curl: 'fails',
  },
  {
    what: 'a reset instead of an answer',
    answer: (ask) => void ask.socket.resetAndDestroy(),
    ends: broken,
    curl: 'fails',
  },
  { what: 'a head of 100 kB', answer: lines({ 'X-Large': 'x'.repeat(100_000) }), ends: tooLarge },
  {
    what: 'a head without end',
    answer: (ask) => ask.send(`HTTP/1.1 200 OK\r\n${'X-More: and more\r\n'.repeat(10_000)}`),
    ends: tooLarge,
  },
  {
    what: 'interim answers without end',
    answer: (ask) => ask.drip(Array.from({ length: 50 }, () => 'HTTP/1.1 102 Processing\r\n\r\n')),
    ends: { code: 'stalled', says: /took the request but did not answer within 0\.4 s/ },
    stallMs: 400,
  },
  {
    what: 'nothing at all',
    answer: () => undefined,
    ends: { code: 'stalled', says: /took the request but did not answer within 0\.4 s/ },
    stallMs: 400,
  },
  {
    what: 'a head, and nothing more',
    answer: (ask) => ask.send(ask.head()),
    ends: { code: 'stalled', says: /^Nothing has arrived for 0 s\.$/ },
    stallMs: 400,
  },
  {
    what: 'chunks that end too early',
    answer(ask) {
      ask.send(chunkedHead(ask), 'ff\r\n');
      ask.socket.end();
    },
    ends: { code: 'network', says: /ended the connection before|was broken off/ },
    curl: 'fails',
  },
  {
    what: 'bodies that end before their first byte',
    answer: (ask) => always(ask.head())(ask),
    ends: { code: 'network', says: /ended the connection before|was broken off/ },
    curl: 'fails',
  },
  {
    what: 'the file compressed',
    answer(ask) {
      const packed = gzipSync(ask.content);
      const more = { 'Content-Encoding': 'gzip', 'Content-Range': undefined };
      ask.send(ask.head({ ...more, 'Content-Length': String(packed.length) }, '200 OK'), packed);
    },
    ends: { code: 'unsupported', says: /sent the file compressed, which was not asked for/ },
  },
  {
    what: 'what is called compressed and is not',
    answer: lines({ 'Content-Encoding': 'gzip' }),
    ends: { code: 'unsupported', says: /sent the file compressed, which was not asked for/ },
  },
  {
    what: 'a file of another size, in parts',
    answer: lines({ 'Content-Range': 'bytes 0-99/12345' }),
    ends: different,
  },
  {
    what: 'a file of another size, whole',
    answer: always('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'),
    ends: different,
  },
  {
    what: 'other bytes of the same size',
    answer: (ask) => ask.send(ask.head(), Buffer.alloc(ask.body.length, 'x')),
    ends: { code: 'integrity', says: /its checksum is wrong/ },
  },
  {
    what: 'a page to sign in at',
    answer: always(
      'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 13\r\n\r\n<html></html>',
    ),
    ends: { code: 'network', says: /A web page came from .* open a browser\.$/ },
  },
  {
    what: '511, the network asks to sign in',
    answer: status(511),
    ends: { code: 'network', says: /open a browser/ },
  },
  {
    what: '416 for everything',
    answer: status(416),
    ends: { code: 'network', says: /refuses to send a part/ },
  },
  {
    what: '429 for everything',
    answer: status(429),
    ends: { code: 'rateLimited', says: /limits how often/ },
  },
  {
    what: '429 in chunks, with a wait of a day',
    answer: (ask) =>
      ask.send(
        'HTTP/1.1 429 X\r\nRetry-After: 86400\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      ),
    ends: { code: 'rateLimited', says: /limits how often/ },
  },
  ...[500, 501, 502, 503, 504, 507, 508, 520, 530, 599].flatMap((code) => [
    { what: `${String(code)} for everything`, answer: status(code), ends: ownProblem(code) },
    { what: `${String(code)} in chunks`, answer: chunkedStatus(code), ends: ownProblem(code) },
  ]),
  {
    what: '401 in chunks',
    answer: chunkedStatus(401),
    ends: { code: 'auth', says: /gives this file only with an access token/ },
  },
  {
    what: '403 in chunks',
    answer: chunkedStatus(403),
    ends: { code: 'auth', says: /refuses access to this file \(403\)/ },
  },
  ...[404, 410].map((code) => ({
    what: `${String(code)} in chunks`,
    answer: chunkedStatus(code),
    ends: { code: 'notFound', says: /does not have this file/ },
  })),
  ...[204, 300, 304, 400, 402, 405, 406, 413, 418, 451].map((code) => ({
    what: `${String(code)} for everything`,
    answer: status(code, code === 204 || code === 304 ? { 'Content-Length': '0' } : {}),
    ends: { code: 'unsupported', says: new RegExp(`refuses the request \\(${String(code)}\\)`) },
  })),
  ...(
    [
      ['', /redirects without saying where to\.$/],
      ['http://', /redirects to an address that can’t be read\.$/],
      ['ftp://models.invalid/a', /redirects to an address that is not of the web \(ftp:\)\.$/],
      ['file:///etc/passwd', /redirects to an address that is not of the web \(file:\)\.$/],
      ['data:,x', /redirects to an address that is not of the web \(data:\)\.$/],
      [
        'http://a.invalid/1\r\nLocation: http://b.invalid/2',
        /redirects to several addresses at once\.$/,
      ],
    ] as const
  ).map(([location, says]) => ({
    what: `a redirect to “${location.replace('\r\n', ' ')}”`,
    answer: redirect('302 Found', location),
    ends: { code: 'unsupported', says },
  })),
  {
    what: 'redirects in a circle',
    answer: (ask) => ask.send('HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n'),
    ends: { code: 'network', says: /redirects without end/ },
    curl: 'fails',
  },
  {
    what: 'a greeting before anything is asked',
    onConnection: (socket) => void socket.write('220 mail.example ready\r\n'),
    answer: () => undefined,
    ends: notHttp,
  },
  {
    what: 'plain HTTP where TLS is asked for',
    onConnection: (socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'),
    answer: () => undefined,
    askedInTls: true,
    ends: { code: 'tls', says: /^127\.0\.0\.1:\d+ does not answer in TLS\. Check whether/ },
    curl: 'fails',
  },
  {
    what: 'an end where TLS is asked for',
    onConnection: (socket) => void socket.end(),
    answer: () => undefined,
    askedInTls: true,
    ends: broken,
  },
  {
    what: 'HTTP/2 alone, over TLS',
    answer: (ask) => ask.sendRight(),
    tls: 'h2',
    ends: { code: 'tls', says: /^127\.0\.0\.1:\d+ does not speak HTTP\/1\.1\.$/ },
  },
];

/** Every way to answer a request for a file (or a part of it) that the sockets are tried with. */
export const adversaryCases: readonly AdversaryCase[] = [
  ...legal.map((one) => ({ ...one, ends: 'whole' as const })),
  ...illegal,
];
