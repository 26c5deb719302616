/** A TCP relay that stands for distance: a connection and everything a client says arrive `delayMs` later. */
import net, { type AddressInfo } from 'node:net';

const [, , port = '0', delay = '50'] = process.argv;
const delayMs = Number(delay);

const server = net.createServer((client) => {
  client.pause();
  setTimeout(() => {
    const upstream = net.connect(Number(port), '127.0.0.1');
    const end = (): void => {
      client.destroy();
      upstream.destroy();
    };
    client.on('error', end).on('close', end);
    upstream.on('error', end).on('close', end);
    client.on('data', (bytes) => {
      setTimeout(() => upstream.write(bytes), delayMs);
    });
    upstream.pipe(client);
    client.resume();
  }, delayMs);
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${String((server.address() as AddressInfo).port)}\n`);
});
