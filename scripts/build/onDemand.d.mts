import type { Plugin } from 'esbuild';

export function onDemand(pattern: RegExp, file: string): Plugin;
export const undiciOnDemand: Plugin;
