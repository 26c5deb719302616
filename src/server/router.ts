import type { Exchange } from './exchange';
import { HttpError } from './httpError';

/** Answers one request. `id` is the decoded part of the path that the route leaves open. */
export type Handler = (exchange: Exchange, id: string) => Promise<void> | void;

/** A route: a method and a path; `{id}` stands for one model's id, with its slashes encoded or not. */
export type Routes = Readonly<Record<`${'GET' | 'POST' | 'DELETE'} /${string}`, Handler>>;

interface Route {
  readonly method: string;
  readonly handler: Handler;
  readonly pattern: string;
  /** The path before and after the id; one part: the whole path. */
  readonly parts: readonly string[];
}

/** Finds the handler of a request. A path without an `{id}` wins over one with it. */
export class Router {
  readonly #routes: readonly Route[];

  constructor(...tables: readonly Routes[]) {
    const routes = tables.flatMap((table) =>
      Object.entries(table).map(([key, handler]): Route => {
        const [method = '', path = ''] = key.split(' ');
        return { method, handler, pattern: path, parts: path.split('{id}') };
      }),
    );
    const openness = ({ parts }: Route): number => parts.length;
    const tail = ({ parts }: Route): number => -(parts[1]?.length ?? 0);
    this.#routes = routes.sort((a, b) => openness(a) - openness(b) || tail(a) - tail(b));
  }

  /** Throws 404 for an unknown path, and 405 for a method that a known one does not have. */
  async answer(exchange: Exchange): Promise<void> {
    const { method, path } = exchange;
    const allowed: string[] = [];
    let pattern: string | undefined;
    for (const route of this.#routes) {
      const id = matchedId(path, route.parts);
      if (id === undefined) continue;
      // The first pattern that fits is meant, whatever its methods: a path of its own is no model's id.
      pattern ??= route.pattern;
      if (route.pattern !== pattern) break;
      if (route.method !== method) allowed.push(route.method);
      else {
        await route.handler(exchange, id);
        return;
      }
    }
    if (allowed.length === 0) throw new HttpError(404, 'notFound', 'No such route.');
    throw new HttpError(405, 'unsupported', `${method} is not answered here.`, {
      Allow: [...new Set(allowed)].join(', '),
    });
  }
}

/** The id in a path; empty for a path without one; undefined when it is another path. */
function matchedId(path: string, [before = '', after]: readonly string[]): string | undefined {
  if (after === undefined) return path === before ? '' : undefined;
  if (!path.startsWith(before) || !path.endsWith(after)) return undefined;
  const encoded = path.slice(before.length, path.length - after.length);
  if (encoded === '' || path.length < before.length + after.length) return undefined;
  try {
    return decodeURIComponent(encoded);
  } catch {
    throw new HttpError(400, 'unsupported', 'The path is not properly encoded.');
  }
}
