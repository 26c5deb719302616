import {
  findNodeAtLocation,
  getNodeValue,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from 'jsonc-parser';
import { isObject } from '../common/json';
import { defined } from '../protocol/defined';
import type { CatalogModel, CatalogProblem } from './catalogModel';
import { keepGoodEntries } from './goodEntries';
import { textField } from './jsonFields';
import { type EntryProblem, readDocument } from './readDocument';
import { textPosition } from './textPosition';

/** Problems told of one catalog; a file of quite another kind would give one for each line. */
const maxProblems = 100;

export interface CatalogText {
  readonly name?: string;
  readonly models: readonly CatalogModel[];
  readonly problems: readonly CatalogProblem[];
}

function nodeAt(tree: Node, path: readonly (string | number)[]): Node {
  for (let length = path.length; length > 0; length -= 1) {
    const node = path
      .slice(0, length)
      .reduce<Node | undefined>(
        (parent, step) =>
          parent &&
          findNodeAtLocation(parent, [parent.type === 'array' ? Number(step) : String(step)]),
        tree,
      );
    if (node !== undefined) return node;
  }
  return tree;
}

/**
 * Reads an extra catalog's text: JSON, comments allowed, checked against the schema entry by entry. Every problem
 * carries the line and column of what is wrong.
 */
export function readCatalogText(text: string, location: string): CatalogText {
  const syntax: ParseError[] = [];
  const tree = parseTree(text.replace(/^\uFEFF/, ' '), syntax, { allowTrailingComma: true });
  const [broken] = syntax;
  if (tree === undefined || broken !== undefined) {
    const message = `not valid JSON: ${broken === undefined ? 'empty' : printParseErrorCode(broken.error)}`;
    return {
      models: [],
      problems: [{ location, ...textPosition(text, broken?.offset ?? 0), message }],
    };
  }
  const problems: CatalogProblem[] = [];
  function told({ path, entry, message }: EntryProblem): void {
    if (problems.length >= maxProblems || tree === undefined) return;
    const position = textPosition(text, nodeAt(tree, path).offset);
    problems.push({ location, ...defined({ entry }), ...position, message });
  }

  const value: unknown = getNodeValue(tree);
  if (!isObject(value)) {
    told({ path: [], message: 'a catalog is a JSON object with "name" and "families"' });
    return { models: [], problems };
  }
  const document = keepGoodEntries(value, told);
  const name = textField(value, 'name') ?? location;
  if (document === undefined) return { models: [], problems };
  const read = readDocument(document, { id: location, name });
  for (const problem of read.problems) told(problem);
  return { name, models: read.models, problems };
}
