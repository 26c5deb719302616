import type { CatalogProblem } from '../../models';

/** A problem of an extra catalog in one line, with the position that an editor jumps to: `/my/catalog.json:12:5: id: …`. */
export function catalogProblemText(problem: CatalogProblem): string {
  const entry = problem.entry === undefined ? '' : `${problem.entry}: `;
  return `${locationText(problem)}: ${entry}${problem.message}`;
}

/** Where it is: the catalog, and the line and column (from 1) where they are known. */
export function locationText({ location, line, column }: CatalogProblem): string {
  if (line === undefined) return location;
  return `${location}:${line}${column === undefined ? '' : `:${column}`}`;
}
