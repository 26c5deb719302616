import type net from 'node:net';

/**
 * A host that takes longer to connect counts as unreachable. The same limit as undici's, so that both clients behave
 * alike.
 */
const connectTimeoutMs = 10_000;
/** A proxy's answer to CONNECT is a short head; anything longer is no proxy. */
const maxTunnelHeadBytes = 16_384;

/** Destroys a socket that is waited for as soon as nobody wants it any more; the wait then ends with its `close`. */
function destroyOn(signal: AbortSignal | undefined, socket: net.Socket): () => void {
  const onAbort = (): void => {
    socket.destroy();
  };
  if (signal?.aborted === true) setImmediate(onAbort);
  signal?.addEventListener('abort', onAbort, { once: true });
  return () => signal?.removeEventListener('abort', onAbort);
}

/** Waits until a socket is connected (and its TLS handshake done), or rejects with its error. */
export function ready(
  socket: net.Socket,
  event: 'connect' | 'secureConnect',
  signal?: AbortSignal,
): Promise<void> {
  const letGo = destroyOn(signal, socket);
  return new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      const error = Object.assign(new Error('connect timeout'), { code: 'ETIMEDOUT' });
      socket.destroy();
      reject(error);
    }, connectTimeoutMs);
    const onError = (error: Error): void => {
      clearTimeout(timer);
      reject(error);
    };
    const onClose = (): void =>
      onError(Object.assign(new Error('closed while connecting'), { code: 'ECONNRESET' }));
    socket.once('error', onError);
    socket.once('close', onClose);
    socket.once(event, () => {
      clearTimeout(timer);
      socket.off('error', onError);
      socket.off('close', onClose);
      resolve();
    });
  }).finally(letGo);
}

/** Reads the head of the proxy's answer to CONNECT, byte-exact: what follows it belongs to the tunnel. */
export function tunnelStatus(socket: net.Socket, signal?: AbortSignal): Promise<number> {
  const letGo = destroyOn(signal, socket);
  return new Promise<number>((resolve, reject) => {
    let head = Buffer.alloc(0);
    const end = (finish: () => void): void => {
      clearTimeout(timer);
      socket.off('readable', onReadable);
      socket.off('error', onError);
      socket.off('close', onClose);
      finish();
    };
    const onError = (error: Error): void => end(() => reject(error));
    const onClose = (): void =>
      onError(Object.assign(new Error('the proxy closed the connection'), { code: 'ECONNRESET' }));
    const onReadable = (): void => {
      for (;;) {
        const part: unknown = socket.read();
        if (!Buffer.isBuffer(part)) return;
        head = Buffer.concat([head, part]);
        const headEnd = head.indexOf('\r\n\r\n');
        if (headEnd === -1) {
          if (head.length > maxTunnelHeadBytes)
            onError(new Error('the proxy sent no valid answer'));
          continue;
        }
        const rest = head.subarray(headEnd + 4);
        const status = /^HTTP\/1\.[01] (\d{3})/.exec(head.toString('latin1', 0, headEnd));
        end(() => {
          if (rest.length > 0) socket.unshift(rest);
          resolve(Number(status?.[1] ?? 0));
        });
        return;
      }
    };
    const timer = setTimeout(
      () => onError(Object.assign(new Error('the proxy did not answer'), { code: 'ETIMEDOUT' })),
      connectTimeoutMs,
    );
    socket.on('readable', onReadable);
    socket.once('error', onError);
    socket.once('close', onClose);
  }).finally(letGo);
}
