// Collects every string that a person may read: the literal first arguments of l10n.t(…), t(…) and sentence(…).
// As a program it prints the strings that a language's bundle lacks: `node scripts/l10n/collectStrings.mjs de`.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('../..', import.meta.url));
const collected = new Set(['t', 'sentence']);

function calleeName(callee) {
  if (ts.isIdentifier(callee)) return callee.text;
  return ts.isPropertyAccessExpression(callee) ? callee.name.text : '';
}

/** The strings of one source text; a call whose first argument is no literal is reported by `onProblem`. */
export function stringsIn(fileName, text, onProblem) {
  const found = [];
  const kind = fileName.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
  const file = ts.createSourceFile(fileName, text, ts.ScriptTarget.Latest, true, kind);
  const visit = (node) => {
    if (ts.isCallExpression(node) && collected.has(calleeName(node.expression))) {
      const [first] = node.arguments;
      if (first !== undefined && ts.isStringLiteralLike(first)) found.push(first.text);
      else if (first !== undefined) {
        const { line } = file.getLineAndCharacterOfPosition(node.getStart());
        onProblem(`${fileName}:${line + 1}: ${node.getText().slice(0, 60)}`);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** All strings of the extension's source, sorted, and the calls that can't be collected. */
export function collectStrings() {
  const strings = new Set();
  const problems = [];
  const files = readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' });
  for (const name of files.filter((file) => /\.tsx?$/.test(file))) {
    const fileName = path.join('src', name);
    const text = readFileSync(path.join(root, fileName), 'utf8');
    for (const found of stringsIn(fileName, text, (line) => problems.push(line)))
      strings.add(found);
  }
  return { strings: [...strings].sort(), problems };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [language = 'de'] = process.argv.slice(2);
  const bundle = JSON.parse(
    readFileSync(path.join(root, `l10n/bundle.l10n.${language}.json`), 'utf8'),
  );
  const missing = collectStrings().strings.filter((key) => bundle[key] === undefined);
  console.log(JSON.stringify(Object.fromEntries(missing.map((key) => [key, ''])), null, 2));
}
