import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

const root = path.resolve(__dirname, '../../..');
const places = ['src', 'webview-ui', 'scripts', 'test', 'esbuild.mjs'];
const isCode = /\.(?:[cm]?[jt]sx?|css)$/;

/** The documents' names without folder and extension: a citation needs the whole path. A plain word cites nothing. */
const shortNames = readdirSync(path.join(root, 'docs'))
  .map((name) => path.parse(name).name)
  .filter((name) => name.includes('-'));
/** A document: a path that ends in the extension of Markdown or lies in the folder of documents, or a short name. */
const documentName = new RegExp(
  String.raw`\bdocs/[\w./-]*\w|[\w./-]*\w\.md\b|\b(?:${shortNames.join('|')})\b`,
  'g',
);
/** The numbers after a document's name: one section, two, or a range. */
const citedSections = /^,?\s+sections?\s+(\d[\d.]*\d|\d)(?:\s+(?:and|to)\s+(\d[\d.]*\d|\d))?/;
const citedTitle = /^,\s+"([^"]+)"/;

function filesBelow(place: string): readonly string[] {
  if (!statSync(place).isDirectory()) return isCode.test(place) ? [place] : [];
  return readdirSync(place)
    .filter((name) => name !== 'node_modules')
    .flatMap((name) => filesBelow(path.join(place, name)));
}

/** Every comment of a file, without stars and slashes, on one line each. */
function commentsOf(file: string, text: string): readonly string[] {
  const found = file.endsWith('.css')
    ? [...text.matchAll(/\/\*[^]*?\*\//g)].map(([comment]) => comment)
    : codeComments(file, text);
  return found.map((comment) =>
    comment
      .replace(/^\/[/*]+|\*\/$/g, '')
      .replace(/\s*\n\s*(?:\*|\/\/)?/g, ' ')
      .trim(),
  );
}

/** The comments between a token and the one before it. */
function commentsBefore(text: string, position: number): readonly ts.CommentRange[] {
  return [
    ...(ts.getTrailingCommentRanges(text, position) ?? []),
    ...(ts.getLeadingCommentRanges(text, position) ?? []),
  ];
}

/**
 * The comments of code, as far as one lies in the same gap between two tokens as a document's name. Line comments that
 * follow each other are one comment, because a citation may be broken between them.
 */
function codeComments(file: string, text: string): readonly string[] {
  const kind = file.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, false, kind);
  const names = [...text.matchAll(documentName)].map(({ index }) => index);
  const ranges = new Map<number, number>();
  const visit = (node: ts.Node): void => {
    if (!names.some((at) => node.pos <= at && at < node.end)) return;
    if (ts.isJsxText(node)) return;
    const children = node.getChildren(source).filter((child) => !ts.isJSDoc(child));
    for (const child of children) visit(child);
    if (children.length > 0) return;
    for (const { pos, end } of commentsBefore(text, node.pos)) ranges.set(pos, end);
  };
  visit(source);
  const comments: { text: string; end: number }[] = [];
  for (const [pos, end] of [...ranges].sort(([a], [b]) => a - b)) {
    const last = comments.at(-1);
    const between = text.slice(last?.end, pos);
    if (last?.text.startsWith('//') === true && /^\r?\n[ \t]*$/.test(between)) {
      last.text += text.slice(last.end, end);
      last.end = end;
    } else {
      comments.push({ text: text.slice(pos, end), end });
    }
  }
  return comments.map((comment) => comment.text);
}

/** The citations of a file that lead nowhere: the document is missing, or has no such section. */
function brokenCitations(file: string, text: string): readonly string[] {
  if (text.search(documentName) < 0) return [];
  return commentsOf(path.basename(file), text).flatMap((comment) => {
    const plain = comment.replace(/\b\w+:\/\/\S+/g, '');
    return [...plain.matchAll(documentName)].flatMap((match) =>
      problemsOf(file, match[0], plain.slice(match.index + match[0].length)),
    );
  });
}

function problemsOf(file: string, name: string, after: string): readonly string[] {
  const document = [path.dirname(file), root]
    .map((folder) => path.join(folder, name))
    .find((place) => existsSync(place));
  if (document === undefined) return [`${name} is not in the repository`];
  if (!document.endsWith('.md')) return [];
  const headings = [...readFileSync(document, 'utf8').matchAll(/^#+ (.+)$/gm)].map(
    ([, heading = '']) => heading,
  );
  const [, ...numbers] = citedSections.exec(after) ?? [];
  const title = citedTitle.exec(after)?.[1];
  return [
    ...numbers
      .filter((number) => typeof number === 'string')
      .filter(
        (number) =>
          !headings.some((heading) => heading.replace('. ', ' ').startsWith(`${number} `)),
      )
      .map((number) => `${name} has no section ${number}`),
    ...(title === undefined || headings.includes(title) ? [] : [`${name} has no part “${title}”`]),
  ];
}

describe('documents that comments cite', () => {
  it('are in the repository, with the sections that are named', () => {
    const files = places.flatMap((place) => filesBelow(path.join(root, place)));
    assert.ok(files.length > 300, 'the code was found');
    const broken = files.flatMap((file) =>
      brokenCitations(file, readFileSync(file, 'utf8')).map(
        (problem) => `${path.relative(root, file)}: ${problem}`,
      ),
    );
    assert.deepEqual(broken, []);
  }).timeout(30_000);

  const cited = (text: string, name = 'made-up.ts'): readonly string[] =>
    brokenCitations(path.join(root, 'src', name), text);

  it('are noticed when they are missing, in every kind of comment', () => {
    const missing = ['no-such.md is not in the repository'];
    assert.deepEqual(cited('/** As it says (no-such.md 2). */\nconst a = 1;\n'), missing);
    assert.deepEqual(cited('const a = 1; // no-such.md\n'), missing);
    assert.deepEqual(cited('a(/* no-such.md */);\n'), missing);
    assert.deepEqual(cited('a { /* no-such.md */ }\n', 'made-up.css'), missing);
    assert.deepEqual(cited('const a = <p>{/* no-such.md */}</p>;\n', 'made-up.tsx'), missing);
    assert.deepEqual(cited('// see docs/no-such\n'), ['docs/no-such is not in the repository']);
    assert.deepEqual(cited('// (hub-protocol 1.1)\n'), ['hub-protocol is not in the repository']);
  });

  it('are noticed when they have no such section, across a line break too', () => {
    const missing = ['docs/hub-protocol.md has no section 99.1'];
    assert.deepEqual(cited('// (docs/hub-protocol.md section 99.1)\n'), missing);
    assert.deepEqual(cited('/**\n * docs/hub-protocol.md sections 1 to\n * 99.1\n */\n'), missing);
    assert.deepEqual(cited('// docs/hub-protocol.md\n// section 99.1\n'), missing);
    assert.deepEqual(cited('// ARCHITECTURE.md, "No such part"\n'), [
      'ARCHITECTURE.md has no part “No such part”',
    ]);
  });

  it('are no citations in texts, addresses and names of code', () => {
    assert.deepEqual(cited("const a = 'no-such.md'; // a file\n"), []);
    assert.deepEqual(cited('// https://example.org/docs/no-such.md and *.md\n'), []);
    assert.deepEqual(cited('const a = <p>// no-such.md</p>;\n', 'made-up.tsx'), []);
  });

  it('may be named by their path from the file or from the root', () => {
    assert.deepEqual(cited('// ../README.md and docs/hub-protocol.md section 1.1\n'), []);
  });
});
