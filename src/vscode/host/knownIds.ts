import type * as vscode from 'vscode';
import type { KnownModelIds } from '../../models';

const key = 'asr.knownModelIds';
/** Far more than a person asks for by hand; keeps the memento small. */
const mostIds = 500;

/** `hf:` ids that were asked for, in the editor's memento: names for what a scan finds, nothing more. */
export function mementoKnownIds(memento: vscode.Memento): KnownModelIds {
  const list = (): readonly string[] => {
    const value = memento.get<unknown>(key);
    return Array.isArray(value) ? value.filter((id): id is string => typeof id === 'string') : [];
  };
  return {
    list: () => Promise.resolve(list()),
    async add(modelId) {
      if (list().includes(modelId)) return;
      await memento.update(key, [...list(), modelId].slice(-mostIds));
    },
  };
}
