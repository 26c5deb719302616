import type { Rule } from 'eslint';

/** Says what is wrong with an import, or undefined. */
export function importProblem(
  fromFile: string,
  specifier: string,
  root: string,
): string | undefined;
export const roomsRule: Rule.RuleModule;
