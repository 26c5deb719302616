/** The closed list of what can go wrong, safe to log and to count: it cannot carry a path, an address or a name. */
export const errorCodes = [
  'network',
  'proxy',
  'tls',
  'auth',
  'gated',
  'notFound',
  'rateLimited',
  'diskSpace',
  'diskPermission',
  'integrity',
  'stalled',
  'unsupported',
  'runtime',
  'unknown',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** Whether a value that came from outside is one of the {@link errorCodes}. */
export function isErrorCode(value: unknown): value is ErrorCode {
  return errorCodes.some((code) => code === value);
}
