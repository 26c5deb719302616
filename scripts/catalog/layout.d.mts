/** The text of a catalog document, ending in a newline. */
export function layoutCatalog(document: unknown): string;
