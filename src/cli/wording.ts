import type { AsrError } from '../common/asrError';
import { englishText, type LocalizedMessage } from '../common/localizedMessage';
import type { ErrorCode } from '../protocol/errorCode';

/**
 * Sentences of the core that name what only an editor has (its settings and commands), as the same is done on a command
 * line. The key is the core's template, as in the bundles of translations; the holes are the same.
 */
export const wording: Readonly<Record<string, string>> = {
  'No model is called {0}. Run "ASR: Download Model" to see what is on offer, or use hf:organisation/name.':
    'No model is called {0}. Run “asr-models search” to find one, or use hf:organisation/name.',
  'Run “ASR: Set Hugging Face Token”. Public models come without it.':
    'Set HF_TOKEN, or log in with “hf auth login”. Public models come without it.',
  'Correct http.proxy in the settings, or leave it empty.':
    'Correct HTTPS_PROXY in the environment, or leave it empty.',
  'Check the proxy in the settings (http.proxy, http.noProxy) and its user name and password.':
    'Check HTTPS_PROXY and NO_PROXY in the environment, and the proxy’s user name and password.',
  'Set the proxy’s user name and password in http.proxy.':
    'Set the proxy’s user name and password in HTTPS_PROXY (http://user:password@host:port).',
  'The proxy {0} asks for a user name and password (407). Set them in the proxy settings.':
    'The proxy {0} asks for a user name and password (407). Set them in HTTPS_PROXY (http://user:password@host:port).',
  'The address of the proxy in the settings can’t be read. Write it as http://host:port, with special characters of the password in percent notation.':
    'The address of the proxy in the environment can’t be read. Write it as http://host:port, with special characters of the password in percent notation.',
  'The proxy in the settings is of the kind {0}, which is not supported. Use the address of an HTTP proxy.':
    'The proxy in the environment is of the kind {0}, which is not supported. Use the address of an HTTP proxy.',
  'through the proxy of the settings': 'through the proxy of the environment',
  'Try again in a few minutes; when it stays, set a mirror (asr.hub.mirrors).':
    'Try again in a few minutes; when it stays, name a mirror with --mirror.',
  'When the issuer is your company’s or your virus scanner’s, install its certificate in the system’s store and keep http.systemCertificates on.':
    'When the issuer is your company’s or your virus scanner’s, install its certificate in the system’s store, or name its file in NODE_EXTRA_CA_CERTS.',
  'There is no graphics card here that the runtime can use. Set “asr.runtime.device” to “auto” or “cpu”.':
    'There is no graphics card here that the runtime can use. Use --device auto or --device cpu.',
  'ffmpeg could not be started. Install it again, or set asr.ffmpeg.path to the program.':
    'ffmpeg could not be started. Install it again, and see that it is on the PATH.',
};

/** A message of the core in English, in the words of this program. */
export function inWordsOfHere({ template, args }: LocalizedMessage): string {
  return englishText({ template: wording[template] ?? template, args });
}

/** The next step for a person, by the error's code; complete by type. Undefined: the sentence itself says it. */
const nextSteps: Readonly<Record<ErrorCode, string | undefined>> = {
  network: 'Run “asr-models doctor” to see which step fails.',
  proxy: 'Run “asr-models doctor” to see which step fails.',
  tls: 'Run “asr-models doctor” to see which step fails.',
  stalled: 'Run “asr-models doctor” to see which step fails; what has arrived is kept.',
  auth: 'Set HF_TOKEN, or log in with “hf auth login”.',
  gated: 'Set HF_TOKEN to a token of the account that has access.',
  rateLimited: 'Wait a while and run it again; with HF_TOKEN set the limit is higher.',
  diskSpace: 'Delete a model (asr-models rm), or choose another folder with --cache.',
  diskPermission: 'Choose another folder with --cache, or ask for the right to write.',
  integrity: 'Run it again, or “asr-models verify --repair” for what is on the disk.',
  notFound: undefined,
  unsupported: undefined,
  runtime: 'Run it with --verbose to see the log.',
  unknown: 'Run it with --verbose to see the log.',
};

/** The sentence of an error, and what to do next. */
export function errorLines({ code, localizedMessage, details }: AsrError): readonly string[] {
  const { helpUrl } = details;
  const page = helpUrl === undefined ? [] : [`The page for it: ${helpUrl}`];
  const next = nextSteps[code];
  return [inWordsOfHere(localizedMessage), ...page, ...(next === undefined ? [] : [next])];
}
