import { homedir } from 'node:os';
import path from 'node:path';
import type { Environment } from './settings';

/**
 * The folders in which other tools keep their Hugging Face cache, most specific first (docs/hub-protocol.md section 4).
 */
export function otherCaches(environment: Environment, home: string = homedir()): readonly string[] {
  const { HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE, HF_HOME, XDG_CACHE_HOME } = environment;
  const expand = (value: string): string => value.replace(/^~(?=$|[\\/])/, home);
  const places = [
    HF_HUB_CACHE,
    HUGGINGFACE_HUB_CACHE,
    HF_HOME === undefined || HF_HOME === '' ? undefined : path.join(HF_HOME, 'hub'),
    path.join(XDG_CACHE_HOME ?? path.join(home, '.cache'), 'huggingface', 'hub'),
  ];
  const named = places.flatMap((place) =>
    place === undefined || place === '' ? [] : [expand(place)],
  );
  return [...new Set(named)];
}
