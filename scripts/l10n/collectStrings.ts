// Collects every string of the user interface: the literal first arguments of l10n.t(…), t(…), localized(…) and
// phrase(…).
// As a program it prints the strings, of the catalog too, that a language's bundle lacks: `npx tsx scripts/l10n/collectStrings.ts de`.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { catalogStrings } from './catalogStrings';

const root = path.resolve(__dirname, '../..');
const collected = new Set(['t', 'localized', 'phrase']);

function calleeName(callee: ts.Expression): string {
  if (ts.isIdentifier(callee)) return callee.text;
  return ts.isPropertyAccessExpression(callee) ? callee.name.text : '';
}

/** The strings of one source text; a call whose first argument is no literal is reported by `onProblem`. */
export function stringsIn(
  fileName: string,
  text: string,
  onProblem: (line: string) => void,
): string[] {
  const found: string[] = [];
  const kind = fileName.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
  const file = ts.createSourceFile(fileName, text, ts.ScriptTarget.Latest, true, kind);
  const visit = (node: ts.Node): void => {
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
export function collectStrings(): { strings: string[]; problems: string[] } {
  const strings = new Set<string>();
  const problems: string[] = [];
  const files = readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' });
  for (const name of files.filter((file) => /\.tsx?$/.test(file))) {
    const fileName = path.join('src', name);
    const text = readFileSync(path.join(root, fileName), 'utf8');
    for (const found of stringsIn(fileName, text, (line) => problems.push(line)))
      strings.add(found);
  }
  return { strings: [...strings].sort(), problems };
}

if (process.argv[1] === __filename) {
  const [language = 'de'] = process.argv.slice(2);
  const bundle = JSON.parse(
    readFileSync(path.join(root, `l10n/bundle.l10n.${language}.json`), 'utf8'),
  ) as Readonly<Record<string, string | undefined>>;
  const missing = [...collectStrings().strings, ...catalogStrings()].filter(
    (key) => bundle[key] === undefined,
  );
  process.stdout.write(
    `${JSON.stringify(Object.fromEntries(missing.map((key) => [key, ''])), null, 2)}\n`,
  );
}
