import { readFileSync } from 'node:fs';
import tls from 'node:tls';

/** The certificate bundles of the Linux distributions (Debian, Fedora, openSUSE, Alpine), one file each. */
const bundleFiles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

/**
 * The certificate authorities that this machine trusts, PEM, beside those that Node brings: where a network inspects
 * traffic, its authority is among them. Node tells them from 22.15 on; before that they are read from where Linux keeps
 * them. Never throws: what can't be read is nothing. Takes tens of milliseconds and is meant for the worker.
 */
export function systemCertificates(
  node: object = tls,
  files: readonly string[] = bundleFiles,
): readonly string[] {
  const tell: unknown = Reflect.get(node, 'getCACertificates');
  if (typeof tell === 'function') {
    const told: unknown = Reflect.apply(tell, node, ['system']);
    return Array.isArray(told) ? told.filter((pem): pem is string => typeof pem === 'string') : [];
  }
  for (const file of files) {
    try {
      return [readFileSync(file, 'utf8')];
    } catch {
      // Another distribution keeps it elsewhere.
    }
  }
  return [];
}
