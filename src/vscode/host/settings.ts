import * as vscode from 'vscode';
import type { ResumeOnStartup } from './resumeOffer';

/** Every setting of ours, typed, with the default of the manifest. Machine-scoped: no workspace can set them. */
export interface AsrSettings {
  readonly endpoint: string;
  readonly cacheDirectory: string;
  readonly additionalCatalogs: readonly string[];
  readonly maxConnections: number;
  readonly stallTimeoutSeconds: number;
  readonly maxRetries: number;
  readonly maxBytesPerSecond: number;
  readonly resumeOnStartup: ResumeOnStartup;
  /** The active model's id; empty: none. */
  readonly activeModel: string;
  readonly exportToTerminals: boolean;
  /** 0: as many as physical cores. */
  readonly threads: number;
  readonly checkUpdates: 'daily' | 'manual';
}

/**
 * Environment variables. Those of other Hub clients stand in for settings that are not set
 * (docs/hub-protocol.md section 4).
 */
export type Environment = Readonly<Record<string, string | undefined>>;

const defaultEndpoint = 'https://huggingface.co';

/** Reads the settings as they are now. A value of the wrong kind counts as not set. */
export function readSettings(environment: Environment): AsrSettings {
  const section = vscode.workspace.getConfiguration('asr');
  return {
    endpoint: endpointOf(setValue(section, 'hub.endpoint') ?? environment['HF_ENDPOINT']),
    cacheDirectory: text(section.get('cache.directory')) ?? '',
    additionalCatalogs: textList(section.get('catalog.additional')),
    maxConnections: wholeNumber(section.get('download.maxConnections'), 1, 64, 16),
    stallTimeoutSeconds: wholeNumber(section.get('download.stallTimeoutSeconds'), 5, 3600, 30),
    maxRetries: wholeNumber(section.get('download.maxRetries'), 0, 100, 5),
    maxBytesPerSecond: wholeNumber(section.get('download.maxBytesPerSecond'), 0, 1e12, 0),
    resumeOnStartup: resumeChoice(section.get('download.resumeOnStartup')),
    activeModel: text(section.get('model')) ?? '',
    threads: wholeNumber(section.get('runtime.threads'), 0, 256, 0),
    checkUpdates: section.get<unknown>('updates.check') === 'manual' ? 'manual' : 'daily',
    exportToTerminals: section.get<unknown>('terminal.exportCache') === true,
  };
}

/** What a person wrote themselves, not the manifest's default. */
function setValue(section: vscode.WorkspaceConfiguration, key: string): string | undefined {
  const found = section.inspect<unknown>(key);
  const value = text(found?.globalValue);
  return value === '' ? undefined : value;
}

function endpointOf(value: string | undefined): string {
  const address = value?.trim().replace(/\/+$/, '') ?? '';
  return address !== '' && URL.canParse(address) ? address : defaultEndpoint;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value.trim() : undefined;
}

function textList(value: unknown): readonly string[] {
  if (!Array.isArray(value)) return [];
  return value.filter((item): item is string => typeof item === 'string' && item.trim() !== '');
}

function wholeNumber(value: unknown, least: number, most: number, otherwise: number): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) return otherwise;
  return Math.min(most, Math.max(least, Math.floor(value)));
}

function resumeChoice(value: unknown): ResumeOnStartup {
  return value === 'always' || value === 'never' ? value : 'ask';
}
