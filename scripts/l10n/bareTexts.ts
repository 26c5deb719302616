import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

const root = path.resolve(__dirname, '../..');

/** What a person sees is written here; the core hands over messages, which the collector finds. */
const shownFolders = ['src/vscode', 'src/protocol', 'webview-ui'];

/** Calls whose texts no person reads in the editor: translated ones, the log's, programming errors. */
const silentCalls = new Set([
  't',
  'localized',
  'phrase',
  'Error',
  'info',
  'warn',
  'error',
  'debug',
  'trace',
]);

/** Fields and attributes that an editor or a page shows. */
const shownNames = new Set([
  'aria-description',
  'aria-label',
  'alt',
  'description',
  'detail',
  'label',
  'message',
  'placeholder',
  'placeHolder',
  'prompt',
  'text',
  'title',
  'tooltip',
]);

const twoWords = /[A-Za-z’']{2,},? [a-z]{2,}/;
const oneWord = /^[A-Z]?[a-z]{2,}[.…!?]?$/;

/** Markup, selectors and scripts, which no person reads. */
const code = /[<>{;[]/;

/** A text in a source that is shown as it is, whatever the person's language. */
export interface BareText {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

/** The bare texts of one source: literals of several words, and any word in a field that is shown. */
export function bareTextsIn(fileName: string, source: string): readonly BareText[] {
  const kind = fileName.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
  const file = ts.createSourceFile(fileName, source, ts.ScriptTarget.Latest, true, kind);
  const found: BareText[] = [];
  const add = (node: ts.Node, text: string): void => {
    const { line } = file.getLineAndCharacterOfPosition(node.getStart());
    found.push({ file: fileName, line: line + 1, text: text.trim() });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isTypeNode(node) || ts.isImportDeclaration(node) || isSilent(node)) return;
    if (ts.isJsxAttribute(node) && node.name.getText() === 'class') return;
    if (ts.isJsxText(node) && /\p{L}{2,}/u.test(node.text)) add(node, node.text);
    const text = literalText(node);
    if (text !== undefined && !code.test(text) && !isCompared(node)) {
      if (twoWords.test(text) || (isShown(node) && oneWord.test(text))) add(node, text);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** All bare texts of what is shown. */
export function bareTexts(): readonly BareText[] {
  return shownFolders.flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.tsx?$/.test(name) && !name.endsWith('.d.ts'))
      .flatMap((name) => {
        const fileName = `${folder}/${name.replaceAll('\\', '/')}`;
        return bareTextsIn(fileName, readFileSync(path.join(root, fileName), 'utf8'));
      }),
  );
}

function isSilent(node: ts.Node): boolean {
  if (!ts.isCallExpression(node) && !ts.isNewExpression(node)) return false;
  const { expression } = node;
  if (ts.isIdentifier(expression)) return silentCalls.has(expression.text);
  return ts.isPropertyAccessExpression(expression) && silentCalls.has(expression.name.text);
}

function literalText(node: ts.Node): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text;
  return ts.isTemplateHead(node) || ts.isTemplateMiddle(node) || ts.isTemplateTail(node)
    ? node.text
    : undefined;
}

/** Looked for in data, not shown. */
function isCompared({ parent }: ts.Node): boolean {
  return (
    ts.isBinaryExpression(parent) &&
    parent.operatorToken.kind === ts.SyntaxKind.EqualsEqualsEqualsToken
  );
}

function isShown({ parent }: ts.Node): boolean {
  if (ts.isPropertyAssignment(parent))
    return shownNames.has(parent.name.getText().replaceAll("'", ''));
  if (ts.isJsxAttribute(parent)) return shownNames.has(parent.name.getText());
  return (
    ts.isBinaryExpression(parent) &&
    parent.operatorToken.kind === ts.SyntaxKind.EqualsToken &&
    ts.isPropertyAccessExpression(parent.left) &&
    shownNames.has(parent.left.name.text)
  );
}
