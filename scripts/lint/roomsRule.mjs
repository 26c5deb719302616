import { builtinModules } from 'node:module';
import path from 'node:path';
import { roomOf, rooms, vocabulary } from './rooms.mjs';

const builtins = new Set(builtinModules);

/** Says what is wrong with an import, or undefined. Pure, so that the rule itself is tested. */
export function importProblem(fromFile, specifier, root) {
  const room = roomOf(path.relative(root, fromFile).split(path.sep).join('/'));
  if (room === undefined) return undefined;
  const rules = rooms[room];
  if (rules === undefined) return `'${room}' is not a room of the design`;

  if (!specifier.startsWith('.')) {
    if (specifier.startsWith('node:')) {
      return rules.node ? undefined : `${room}/ runs in a browser and can't use ${specifier}`;
    }
    if (builtins.has(specifier)) return `write node:${specifier}`;
    const allowed = rules.packages.some(
      (name) => specifier === name || specifier.startsWith(`${name}/`),
    );
    return allowed ? undefined : `${room}/ may not import the package ${specifier}`;
  }

  const target = path.resolve(path.dirname(fromFile), specifier);
  const relative = path.relative(root, target).split(path.sep).join('/');
  const targetRoom = roomOf(relative.includes('.') ? relative : `${relative}/index`);
  if (targetRoom === undefined) return `${room}/ may not import ${relative}`;
  if (targetRoom === room) return undefined;
  if (!rules.rooms.includes(targetRoom)) return `${room}/ may not import ${targetRoom}/`;
  if (vocabulary.has(targetRoom)) return undefined;
  const faces = ['index', ...(rooms[targetRoom]?.faces ?? [])];
  const isMainFile =
    relative === `src/${targetRoom}` ||
    faces.some((face) => relative === `src/${targetRoom}/${face}`);
  return isMainFile || room === 'extension'
    ? undefined
    : `${room}/ may use ${targetRoom}/ only through its main file`;
}

/** ESLint rule: every static and dynamic import obeys the table in rooms.mjs. */
export const roomsRule = {
  meta: {
    type: 'problem',
    schema: [],
    messages: { room: '{{problem}} (ARCHITECTURE.md, "The rooms")' },
  },
  create(context) {
    function check(node) {
      if (node?.type !== 'Literal' || typeof node.value !== 'string') return;
      const problem = importProblem(context.filename, node.value, context.cwd);
      if (problem !== undefined) context.report({ node, messageId: 'room', data: { problem } });
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
