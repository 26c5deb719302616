import path from 'node:path';
import type { Rule } from 'eslint';
import type { Node, Property } from 'estree';
import { platformHelpers, type PlatformWork } from './platformHelpers';

/** Calls that Windows refuses while another program has the file open. */
const heldCalls =
  /^(?:rename|unlink|rm|rmdir|open|readFile|writeFile|appendFile|copyFile|cp|truncate|createReadStream|createWriteStream)(?:Sync)?$/;
const linkCalls = /^(?:symlink|link|readlink)(?:Sync)?$/;
const linkFlags = /^O_(?:NOFOLLOW|SYMLINK)$/;
const separators = new Set(['sep', 'posix', 'win32', 'delimiter']);
const fileSystem = new Set(['node:fs', 'node:fs/promises', 'fs', 'fs/promises']);
const pathModule = new Set(['node:path', 'path', 'node:path/posix', 'node:path/win32']);
/** Inside of a call of this one, a program that holds the file is waited for. */
const waiting = 'retryInUse';
/** Names of what holds an absolute path. */
const folderName = /(?:^|[a-z])(?:folder|root|dir|directory|cachepath|absolutepath|fspath)$/i;
/** Names of what holds any path, slash-separated ones included. */
const anyPathName = /(?:^|[a-z])(?:folder|root|dir|directory|filepath|absolutepath|fspath)$/i;
const pathFunctions = new Set(['join', 'resolve', 'basename', 'dirname', 'relative', 'normalize']);

/** ESLint sets the parents of nodes; the types of the syntax tree do not know it. */
type NodeWithParent = Node & { parent?: Node };

/** The name that says what an expression holds: `context.hubRoot` -> `hubRoot`. */
function nameOf(node: Node): string {
  if (node.type === 'Identifier' || node.type === 'PrivateIdentifier') return node.name;
  return node.type === 'MemberExpression' ? nameOf(node.property) : '';
}

function isPathCall(node: Node): boolean {
  return (
    node.type === 'CallExpression' &&
    node.callee.type === 'MemberExpression' &&
    nameOf(node.callee.object) === 'path' &&
    pathFunctions.has(nameOf(node.callee.property))
  );
}

function isWaitedFor(node: Node): boolean {
  let at: NodeWithParent | undefined = node;
  for (; at; at = at.parent) {
    if (at.type === 'CallExpression' && nameOf(at.callee) === waiting) return true;
  }
  return false;
}

/**
 * ESLint rule: what differs between Windows, macOS and Linux in a path or a file goes through the function that knows
 * the difference (platformHelpers.ts).
 */
export const platformPathsRule: Rule.RuleModule = {
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      held: '{{what}} fails on Windows while another program has the file open: use common/fileInUse or cache/disk',
      separator:
        '{{what}} takes a separator for granted: use below, slashedBelow or isInside of common/paths',
      case: '{{what}} compares paths by their text: use isSamePath, isSameFolder or folded of common/paths',
      link: '{{what}} depends on links, which Windows and some disks have not: use cache/disk',
    },
  },
  create(context) {
    const file = path.relative(context.cwd, context.filename).split(path.sep).join('/');
    if (!file.startsWith('src/')) return {};
    const allowed = platformHelpers[file] ?? {};
    const namedCalls = new Map<string, string>();
    const fileNamespaces = new Set<string>();
    const pathNamespaces = new Set<string>();

    function report(node: Node, work: PlatformWork, what: string): void {
      if (allowed[work] === undefined) context.report({ node, messageId: work, data: { what } });
    }

    function checkFileCall(node: Node, call: string): void {
      if (linkCalls.test(call)) report(node, 'link', call);
      else if (heldCalls.test(call) && !isWaitedFor(node)) report(node, 'held', call);
    }

    return {
      ImportDeclaration(node) {
        const source = String(node.source.value);
        for (const specifier of node.specifiers) {
          const { name } = specifier.local;
          const imported = specifier.type === 'ImportSpecifier' ? nameOf(specifier.imported) : '';
          if (fileSystem.has(source)) {
            if (imported === '' || imported === 'promises') fileNamespaces.add(name);
            else namedCalls.set(name, imported);
          }
          if (!pathModule.has(source)) continue;
          if (imported === '') pathNamespaces.add(name);
          if (separators.has(imported) || source.endsWith('posix') || source.endsWith('win32'))
            report(specifier, 'separator', imported || source);
        }
      },
      MemberExpression(node) {
        const [object, property] = [nameOf(node.object), nameOf(node.property)];
        if (node.object.type === 'Identifier' && fileNamespaces.has(object))
          checkFileCall(node, property);
        if (
          node.object.type === 'Identifier' &&
          pathNamespaces.has(object) &&
          separators.has(property)
        )
          report(node, 'separator', `path.${property}`);
        if (linkFlags.test(property)) report(node, 'link', property);
      },
      'ObjectPattern > Property'(node: Property) {
        if (linkFlags.test(nameOf(node.key))) report(node, 'link', nameOf(node.key));
      },
      CallExpression(node) {
        const { callee } = node;
        if (callee.type === 'Identifier') checkFileCall(node, namedCalls.get(callee.name) ?? '');
        if (callee.type !== 'MemberExpression') return;
        const method = nameOf(callee.property);
        const isFolding = /^to(?:Locale)?(?:Lower|Upper)Case$/.test(method);
        if (isFolding && (isPathCall(callee.object) || anyPathName.test(nameOf(callee.object))))
          report(node, 'case', method);
      },
      Literal(node) {
        if (
          node.value === '\\' ||
          ('regex' in node && /\[\^?(?:\\\\\\?\/|\\?\/\\\\)\]/.test(node.regex.pattern))
        )
          report(node, 'separator', context.sourceCode.getText(node));
      },
      TemplateLiteral(node) {
        for (const [at, expression] of node.expressions.entries()) {
          const after = node.quasis[at + 1]?.value.raw ?? '';
          if (
            /^[/\\]/.test(after) &&
            (isPathCall(expression) || folderName.test(nameOf(expression)))
          )
            report(node, 'separator', context.sourceCode.getText(node));
        }
      },
      BinaryExpression(node) {
        const { left, right, operator } = node;
        const sides = [left, right];
        if (operator === '+') {
          const text =
            right.type === 'Literal' && typeof right.value === 'string' ? right.value : '';
          const named =
            left.type !== 'PrivateIdentifier' &&
            (isPathCall(left) || folderName.test(nameOf(left)));
          if (/^[/\\]/.test(text) && named)
            report(node, 'separator', context.sourceCode.getText(node));
          return;
        }
        if (!/^[!=]==?$/.test(operator)) return;
        const isPath = (side: Node): boolean =>
          folderName.test(nameOf(side)) ||
          (isPathCall(side) &&
            side.type === 'CallExpression' &&
            nameOf(side.callee) !== 'basename');
        if (
          sides.every(
            (side) => isPath(side) || side.type === 'Identifier' || side.type === 'CallExpression',
          ) &&
          sides.some(isPath) &&
          !sides.some((side) => nameOf(side) === 'undefined')
        )
          report(node, 'case', context.sourceCode.getText(node));
      },
    };
  },
};
