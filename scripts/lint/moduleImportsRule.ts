import { builtinModules } from 'node:module';
import path from 'node:path';
import type { Rule } from 'eslint';
import type { Node } from 'estree';
import { moduleOf, modules, publishedTypes, vocabulary } from './modules';

const builtins = new Set(builtinModules);

/** Says what is wrong with an import, or undefined. Pure, so that the rule itself is tested. */
export function importProblem(
  fromFile: string,
  specifier: string,
  root: string,
): string | undefined {
  const module = moduleOf(path.relative(root, fromFile).split(path.sep).join('/'));
  if (module === undefined) return undefined;
  const rules = modules[module];
  if (rules === undefined) return `'${module}' is not a module of the design`;

  if (!specifier.startsWith('.')) {
    if (specifier.startsWith('node:')) {
      return rules.node ? undefined : `${module}/ runs in a browser and can't use ${specifier}`;
    }
    if (builtins.has(specifier)) return `write node:${specifier}`;
    const allowed = rules.packages.some(
      (name) => specifier === name || specifier.startsWith(`${name}/`),
    );
    return allowed ? undefined : `${module}/ may not import the package ${specifier}`;
  }

  const target = path.resolve(path.dirname(fromFile), specifier);
  const relative = path.relative(root, target).split(path.sep).join('/');
  if (relative === publishedTypes.file && module === publishedTypes.module) return undefined;
  const targetModule = moduleOf(relative.includes('.') ? relative : `${relative}/index`);
  if (targetModule === undefined) return `${module}/ may not import ${relative}`;
  if (targetModule === module) return undefined;
  if (!rules.modules.includes(targetModule)) return `${module}/ may not import ${targetModule}/`;
  if (vocabulary.has(targetModule)) return undefined;
  const mainFiles = ['index', ...(modules[targetModule]?.mainFiles ?? [])];
  const isMainFile =
    relative === `src/${targetModule}` ||
    mainFiles.some((name) => relative === `src/${targetModule}/${name}`);
  return isMainFile || module === 'extension'
    ? undefined
    : `${module}/ may use ${targetModule}/ only through its main file`;
}

/** ESLint rule: every static and dynamic import obeys the table in modules.ts. */
export const moduleImportsRule: Rule.RuleModule = {
  meta: {
    type: 'problem',
    schema: [],
    messages: { module: '{{problem}} (ARCHITECTURE.md, "The modules")' },
  },
  create(context) {
    function check(node: Node | null | undefined): void {
      if (node?.type !== 'Literal' || typeof node.value !== 'string') return;
      const problem = importProblem(context.filename, node.value, context.cwd);
      if (problem !== undefined) context.report({ node, messageId: 'module', data: { problem } });
    }
    return {
      ImportDeclaration: (node) => check(node.source),
      ExportNamedDeclaration: (node) => check(node.source),
      ExportAllDeclaration: (node) => check(node.source),
      ImportExpression: (node) => check(node.source),
      CallExpression(node) {
        if (node.callee.type === 'Identifier' && node.callee.name === 'require')
          check(node.arguments[0]);
      },
    };
  },
};
