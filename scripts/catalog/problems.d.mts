/** What is wrong with the built-in catalog, in sentences; empty when nothing is. */
export function catalogProblems(document: unknown, schema: unknown): string[];
