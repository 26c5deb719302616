import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import ts from 'typescript';
import { errorActions, errorActionStrings } from '../../../src/protocol/errorActions';
import { errorCodes, isErrorCode, type ErrorCode } from '../../../src/protocol/errorCode';
import { collectStrings } from '../../../scripts/l10n/collectStrings';
import { document, headings, section } from './support/documents';

const troubleshooting = document('docs/troubleshooting.md');

/** A sentence of the source as the document writes it. */
function asWritten(template: string): string {
  return template.replaceAll(/\{\d+\}/g, '…');
}

/** The sentences of a part of the document: in the first cells of its tables, and in quotation marks elsewhere. */
function quoted(text: string): readonly string[] {
  const lines = text.split('\n');
  // A sentence may itself quote.
  const cells = lines.flatMap((line) => /^\| “(.*?)” \|/.exec(line)?.[1] ?? []);
  const rest = lines.filter((line) => !line.startsWith('|')).map((line) => line.trim());
  const marked = rest.join(' ').matchAll(/“((?:[^“”]|“[^“”]*”)*)”/g);
  return [...cells, ...[...marked].map(([, sentence = '']) => sentence)];
}

/** The literals in the calls of `localized` below a node. */
function sentencesBelow(node: ts.Node): readonly string[] {
  const found: string[] = [];
  const visit = (each: ts.Node): void => {
    if (ts.isCallExpression(each) && ts.isIdentifier(each.expression)) {
      const [first] = each.arguments;
      if (each.expression.text === 'localized' && first !== undefined) {
        if (ts.isStringLiteralLike(first)) found.push(first.text);
      }
    }
    ts.forEachChild(each, visit);
  };
  visit(node);
  return found;
}

function codeIn(node: ts.Node | undefined): ErrorCode | undefined {
  if (node === undefined || !ts.isStringLiteralLike(node)) return undefined;
  return isErrorCode(node.text) ? node.text : undefined;
}

/** The property of an object literal with this name. */
function propertyOf(node: ts.ObjectLiteralExpression, name: string): ts.Expression | undefined {
  for (const property of node.properties) {
    if (!ts.isPropertyAssignment(property) || !ts.isIdentifier(property.name)) continue;
    if (property.name.text === name) return property.initializer;
  }
  return undefined;
}

/** The codes that the source gives each sentence, where code and sentence stand together. */
function codesOfSentences(): ReadonlyMap<string, ReadonlySet<ErrorCode>> {
  const codes = new Map<string, Set<ErrorCode>>();
  const add = (code: ErrorCode | undefined, texts: ts.Node | undefined): void => {
    if (code === undefined || texts === undefined) return;
    for (const sentence of sentencesBelow(texts)) {
      const written = asWritten(sentence);
      codes.set(written, new Set([...(codes.get(written) ?? []), code]));
    }
  };
  const visit = (node: ts.Node): void => {
    if (ts.isNewExpression(node)) {
      const [code, text] = node.arguments ?? [];
      add(codeIn(code), text);
    }
    if (ts.isObjectLiteralExpression(node)) {
      add(codeIn(propertyOf(node, 'code')), propertyOf(node, 'text'));
    }
    ts.forEachChild(node, visit);
  };
  for (const name of readdirSync('src', { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts')) continue;
    const text = readFileSync(`src/${name}`, 'utf8');
    if (!text.includes('localized(')) continue;
    visit(ts.createSourceFile(name, text, ts.ScriptTarget.Latest, false));
  }
  return codes;
}

describe('docs/troubleshooting.md', function () {
  this.timeout(60_000);
  const labels = errorActionStrings({ t: (message) => message });
  const parts = new Map(
    errorCodes.map((code) => [code, section(troubleshooting, new RegExp(`^## \`${code}\``)) ?? '']),
  );

  it('has an entry for each code, in the order of the list, and for no other', () => {
    const entries = headings(troubleshooting).flatMap(
      (heading) => /^`(\w+)`: \S/.exec(heading)?.[1] ?? [],
    );
    assert.deepEqual(entries, [...errorCodes]);
    for (const [code, text] of parts) {
      assert.ok(quoted(text).length >= 2, `${code} needs its sentences`);
    }
  });

  it('quotes sentences that the source says, each below a code that it has', () => {
    const said = new Set(collectStrings().strings.map(asWritten));
    const codes = codesOfSentences();
    assert.ok(codes.size > 120);
    assert.deepEqual(
      quoted(troubleshooting.prose).filter((sentence) => !said.has(sentence)),
      [],
    );
    const misplaced = [...parts].flatMap(([code, text]) =>
      quoted(text)
        .filter((sentence) => codes.get(sentence)?.has(code) === false)
        .map((sentence) => `${code}: ${sentence}`),
    );
    assert.deepEqual(misplaced, []);
  });

  it('names the buttons of each code, in their order', () => {
    for (const [code, text] of parts) {
      const named = /^Buttons: ([^.]*)\./m.exec(text)?.[1];
      const wanted = errorActions(code).map((action) => `*${labels[action]}*`);
      assert.equal(named?.replaceAll('\n', ' '), wanted.join(', '), code);
    }
  });
});
