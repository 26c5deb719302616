import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from './answer';
import { pieceBytes, type Pace, type Pacer } from './pace';

export interface SendOptions {
  readonly pace: Pace;
  readonly total: Pacer;
  readonly connection: Pacer;
  readonly onStatus: (status: number) => void;
  readonly onSent: (bytes: number) => void;
  /** The server itself is about to cut the connection. */
  readonly onCut: () => void;
}

/** Sends an answer with its cuts and delays; resolves when it is over, however it ended. `closed` aborts when the connection is gone. */
export async function sendAnswer(
  response: ServerResponse,
  answer: Answer,
  options: SendOptions,
  closed: AbortSignal,
): Promise<void> {
  await pause((answer.delayMs ?? 0) + options.pace.latencyMs, closed);
  if (answer.hang === true) await until(closed);
  if (isGone(closed)) return;

  response.writeHead(answer.status, answer.headers);
  options.onStatus(answer.status);
  if (response.req.method === 'HEAD' || answer.body === undefined) {
    response.end();
    return;
  }
  // The body may never be sent, but the headers are.
  response.flushHeaders();
  await sendBody(response, answer, options, closed);
  if (isGone(closed)) return;
  response.end();
  if (isWronglyFramed(answer)) {
    options.onCut();
    response.socket?.end();
  }
}

async function sendBody(
  response: ServerResponse,
  answer: Answer,
  options: SendOptions,
  closed: AbortSignal,
): Promise<void> {
  if (answer.body === undefined) return;
  const { content, start, end } = answer.body;
  const length = end - start + (answer.extraBytes ?? 0);
  // A cut after the end of this body is for larger ones.
  let cut = (answer.cut?.afterBytes ?? 0) <= length ? answer.cut : undefined;
  let sent = 0;
  while (sent < length || cut !== undefined) {
    if (isGone(closed)) return;
    if (cut !== undefined && sent >= cut.afterBytes) {
      const { how, released } = cut;
      cut = undefined;
      await flushed(response, closed);
      if (how === 'stall') {
        await Promise.race([until(closed), ...(released === undefined ? [] : [released])]);
        continue;
      }
      // Gives the kernel time to deliver its buffer: a reset discards the rest.
      await pause(10, closed);
      options.onCut();
      if (how === 'reset') reset(response.socket);
      else response.socket?.end();
      await until(closed);
      return;
    }

    const isSlow = answer.slow !== undefined && sent >= answer.slow.afterBytes;
    const slowRate = isSlow ? answer.slow.bytesPerSecond : 0;
    const own = [options.pace.bytesPerSecondPerConnection, slowRate].filter((rate) => rate > 0);
    const ownRate = own.length === 0 ? 0 : Math.min(...own);
    const stops = [length, cut?.afterBytes ?? length];
    if (!isSlow && answer.slow !== undefined) stops.push(answer.slow.afterBytes);
    if (start + sent < end) stops.push(end - start);
    const most = Math.min(
      Math.min(...stops) - sent,
      pieceBytes([ownRate, options.pace.bytesPerSecondTotal]),
      options.pace.mostPieceBytes,
    );
    const piece =
      start + sent < end
        ? corrupted(content.read(start + sent, most), start + sent, answer.corruptOffsets ?? [])
        : Buffer.alloc(most, 0x2a);

    const nowMs = performance.now();
    options.pace.book(piece.length);
    const waitMs = Math.max(
      options.connection.book(piece.length, ownRate, nowMs),
      options.total.book(piece.length, options.pace.bytesPerSecondTotal, nowMs),
    );
    if (waitMs > 1) await pause(waitMs, closed);
    while (options.pace.held !== undefined && !isGone(closed)) {
      await Promise.race([options.pace.held, until(closed)]);
    }
    if (isGone(closed)) return;
    const goesOn = response.write(piece, (error) => {
      if (!error) options.onSent(piece.length);
    });
    sent += piece.length;
    if (!goesOn) await drained(response, closed);
  }
  await flushed(response, closed);
}

/** A function, because the compiler assumes that the value does not change during an await. */
function isGone(closed: AbortSignal): boolean {
  return closed.aborted;
}

function corrupted(piece: Buffer, offset: number, corruptOffsets: readonly number[]): Buffer {
  const hit = corruptOffsets.filter((at) => at >= offset && at < offset + piece.length);
  if (hit.length === 0) return piece;
  const copy = Buffer.from(piece);
  for (const at of hit) copy.writeUInt8(copy.readUInt8(at - offset) ^ 0xff, at - offset);
  return copy;
}

/** A TLS socket can't send an RST; it is destroyed. */
function reset(socket: Socket | null): void {
  if (socket instanceof TLSSocket) socket.destroy();
  else socket?.resetAndDestroy();
}

function isWronglyFramed(answer: Answer): boolean {
  const announced = answer.headers['Content-Length'];
  if (announced === undefined || answer.body === undefined) return false;
  const length = answer.body.end - answer.body.start + (answer.extraBytes ?? 0);
  return Number(announced) !== length;
}

async function pause(ms: number, closed: AbortSignal): Promise<void> {
  if (ms <= 0 || closed.aborted) return;
  await sleep(ms, undefined, { signal: closed }).catch(() => undefined);
}

function until(closed: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (closed.aborted) resolve();
    else {
      closed.addEventListener('abort', () => resolve(), { once: true });
    }
  });
}

function drained(response: ServerResponse, closed: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (closed.aborted) {
      resolve();
      return;
    }
    const done = (): void => {
      response.off('drain', done);
      closed.removeEventListener('abort', done);
      resolve();
    };
    response.once('drain', done);
    closed.addEventListener('abort', done, { once: true });
  });
}

/** Waits until the kernel has accepted everything written so far. */
async function flushed(response: ServerResponse, closed: AbortSignal): Promise<void> {
  if (response.writableLength === 0) return;
  await Promise.race([
    new Promise<void>((resolve) => {
      response.write('', () => resolve());
    }),
    until(closed),
  ]);
}
