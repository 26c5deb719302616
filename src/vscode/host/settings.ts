import * as vscode from 'vscode';
import { parseUrl } from '../../common/parseUrl';
import { type Environment, expandPath, hubAddress } from '../../common/hubEnvironment';
import type { Logger } from '../../common/logger';
import {
  environmentCertificates,
  environmentNoProxy,
  environmentProxy,
} from '../../common/networkEnvironment';
import type { NetworkSettings } from '../../models';
import { defined } from '../../protocol/defined';

/** How `asr.download.resumeOnStartup` is set. */
export type ResumeOnStartup = 'ask' | 'always' | 'never';

/** Every setting of ours, typed, with the default of the manifest. Machine-scoped: no workspace can set them. */
export interface AsrSettings {
  readonly endpoint: string;
  readonly mirrors: readonly string[];
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
  /** The spoken language: a code, `auto` (the model detects it), or empty (ask). */
  readonly language: string;
  readonly maxCueSeconds: number;
  /** A wide character (Chinese, Japanese, Korean) counts as two. */
  readonly maxCueCharacters: number;
  readonly device: 'auto' | 'cpu' | 'gpu';
  readonly checkUpdates: 'daily' | 'manual';
  /** The program or its folder; empty: the ffmpeg on `PATH`. */
  readonly ffmpegPath: string;
  readonly serverEnabled: boolean;
  /** 0: any free one. */
  readonly serverPort: number;
  /** Origins of web pages that may call the server. */
  readonly allowedOrigins: readonly string[];
}

const defaultEndpoint = 'https://huggingface.co';

/** Every setting's key below `asr`, as in the manifest. */
const keys = {
  endpoint: 'hub.endpoint',
  mirrors: 'hub.mirrors',
  cacheDirectory: 'cache.directory',
  additionalCatalogs: 'catalog.additional',
  maxConnections: 'download.maxConnections',
  stallTimeoutSeconds: 'download.stallTimeoutSeconds',
  maxRetries: 'download.maxRetries',
  maxBytesPerSecond: 'download.maxBytesPerSecond',
  resumeOnStartup: 'download.resumeOnStartup',
  activeModel: 'model',
  exportToTerminals: 'terminal.exportCache',
  threads: 'runtime.threads',
  language: 'transcribe.language',
  maxCueSeconds: 'transcribe.maxCueSeconds',
  maxCueCharacters: 'transcribe.maxCueCharacters',
  device: 'runtime.device',
  checkUpdates: 'updates.check',
  ffmpegPath: 'ffmpeg.path',
  serverEnabled: 'server.enabled',
  serverPort: 'server.port',
  allowedOrigins: 'server.allowedOrigins',
} as const satisfies Record<keyof AsrSettings, string>;

type SettingKey = (typeof keys)[keyof typeof keys];
/** The part of a key before its dot: settings that are followed together. */
type GroupOf<Key> = Key extends `${infer Group}.${string}` ? Group : never;

/** Writes a setting for the person's whole editor. */
export async function updateSetting(key: SettingKey, value: string | boolean): Promise<void> {
  const section = vscode.workspace.getConfiguration('asr');
  await section.update(key, value, vscode.ConfigurationTarget.Global);
}

/** Calls back when one of these settings, or one of these groups of settings, has changed. */
export function onSettingsChanged(
  watched: readonly (SettingKey | GroupOf<SettingKey>)[],
  changed: () => void,
): vscode.Disposable {
  return vscode.workspace.onDidChangeConfiguration((change) => {
    if (watched.some((key) => change.affectsConfiguration(`asr.${key}`))) changed();
  });
}

/** The id of the active model (`asr.model`); empty when there is none. */
export function activeModelId(): string {
  return text(vscode.workspace.getConfiguration('asr').get(keys.activeModel)) ?? '';
}

/** How `asr.transcribe.language` is set. */
export function spokenLanguage(): string {
  return text(vscode.workspace.getConfiguration('asr').get(keys.language)) ?? '';
}

/** Reads the settings as they are now. A value of the wrong kind counts as not set. */
export function readSettings(environment: Environment): AsrSettings {
  const section = vscode.workspace.getConfiguration('asr');
  return {
    endpoint: endpointOf(setValue(section, keys.endpoint) ?? environment['HF_ENDPOINT']),
    mirrors: textList(section.get(keys.mirrors)).flatMap((each) => hubAddress(each) ?? []),
    cacheDirectory: expandPath(text(section.get(keys.cacheDirectory)) ?? '', environment),
    additionalCatalogs: textList(section.get(keys.additionalCatalogs)),
    maxConnections: wholeNumber(section.get(keys.maxConnections), 1, 64, 16),
    stallTimeoutSeconds: wholeNumber(section.get(keys.stallTimeoutSeconds), 5, 3600, 30),
    maxRetries: wholeNumber(section.get(keys.maxRetries), 0, 100, 5),
    maxBytesPerSecond: wholeNumber(section.get(keys.maxBytesPerSecond), 0, 1e12, 0),
    resumeOnStartup: resumeChoice(section.get(keys.resumeOnStartup)),
    activeModel: activeModelId(),
    threads: wholeNumber(section.get(keys.threads), 0, 256, 0),
    language: spokenLanguage(),
    maxCueSeconds: wholeNumber(section.get(keys.maxCueSeconds), 1, 60, 7),
    maxCueCharacters: wholeNumber(section.get(keys.maxCueCharacters), 20, 400, 84),
    device: deviceChoice(section.get(keys.device)),
    checkUpdates: section.get<unknown>(keys.checkUpdates) === 'manual' ? 'manual' : 'daily',
    ffmpegPath: expandPath(text(section.get(keys.ffmpegPath)) ?? '', environment),
    exportToTerminals: section.get<unknown>(keys.exportToTerminals) === true,
    serverEnabled: section.get<unknown>(keys.serverEnabled) === true,
    serverPort: wholeNumber(section.get(keys.serverPort), 0, 65_535, 0),
    allowedOrigins: textList(section.get(keys.allowedOrigins)),
  };
}

/** The person's own value, not the manifest's default. */
function setValue(section: vscode.WorkspaceConfiguration, key: string): string | undefined {
  const value = text(section.inspect<unknown>(key)?.globalValue);
  return value === '' ? undefined : value;
}

function endpointOf(written: string | undefined): string {
  const address = hubAddress(written) ?? '';
  return parseUrl(address) !== undefined ? address : defaultEndpoint;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value.trim() : undefined;
}

function textList(value: unknown): readonly string[] {
  if (!Array.isArray(value)) return [];
  return value.filter((item): item is string => typeof item === 'string' && item.trim() !== '');
}

function deviceChoice(value: unknown): AsrSettings['device'] {
  return value === 'cpu' || value === 'gpu' ? value : 'auto';
}

function wholeNumber(value: unknown, least: number, most: number, otherwise: number): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) return otherwise;
  return Math.min(most, Math.max(least, Math.floor(value)));
}

function resumeChoice(value: unknown): ResumeOnStartup {
  return value === 'always' || value === 'never' ? value : 'ask';
}

/**
 * The network settings as plain values for the worker: `http.proxy`, `http.noProxy`, `http.proxyAuthorization`,
 * `http.proxyStrictSSL`, `http.systemCertificates`, and the environment behind them. The editor adds its proxy only to
 * the clients of the extension host's main thread, so the worker gets these values.
 */
export async function readNetworkSettings(
  environment: Environment,
  logger: Logger,
): Promise<NetworkSettings> {
  const http = vscode.workspace.getConfiguration('http');
  const support = http.get<unknown>('proxySupport');
  const configured = filled(http.get('proxy'));
  const proxyUrl = support === 'off' ? undefined : (configured ?? environmentProxy(environment));
  const authorization = filled(http.get('proxyAuthorization'));
  const noProxy = filledList(http.get('noProxy'));
  return {
    ...defined({ proxyUrl, proxyAuthorization: authorization }),
    noProxy: noProxy.length > 0 ? noProxy : environmentNoProxy(environment),
    strictTls: http.get<unknown>('proxyStrictSSL') !== false,
    extraCertificates: await environmentCertificates(environment, logger),
    systemCertificates: http.get<unknown>('systemCertificates') !== false,
  };
}

function filled(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

function filledList(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.flatMap((item) => filled(item) ?? []) : [];
}
