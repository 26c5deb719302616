import { randomUUID } from 'node:crypto';
import { isCancellation } from '../common/asrError';
import { isObject, type JsonObject, parseJson } from '../common/json';
import type { LocalizedMessage } from '../common/localizedMessage';
import { openStream } from './eventSockets';
import type { AgentTool, ToolProgress } from './agentTools';
import type { Exchange } from './exchange';
import { errorAnswer, HttpError } from './httpError';
import { serverName } from './modelRoutes';
import type { Routes } from './router';

/** The versions of the protocol whose messages these are, the newest first. */
const versions = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'] as const;
const mostSessionIdCharacters = 128;

/** JSON-RPC's own codes. */
const rpcCodes = {
  parseError: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
} as const;

type RequestId = string | number;

/** The dependencies of `/mcp`. */
interface McpOptions {
  readonly tools: readonly AgentTool[];
  readonly version: string;
  readonly localise: (text: LocalizedMessage) => string;
}

/**
 * The Model Context Protocol over Streamable HTTP: one POST is one JSON-RPC message. A session's id only tells the
 * calls of two clients apart; nothing is kept for it, so a client can continue after the server's hand-over to another
 * window.
 */
export function mcpRoutes(options: McpOptions): Routes {
  const calls = new Map<string, AbortController>();
  const refuse = (): never => {
    throw new HttpError(405, 'unsupported', 'Messages come by POST; no stream of their own.', {
      Allow: 'POST',
    });
  };
  return {
    'GET /mcp': refuse,
    'DELETE /mcp': (exchange) => exchange.empty(204),
    'POST /mcp': (exchange) => answerMessage(exchange, options, calls),
  };
}

async function answerMessage(
  exchange: Exchange,
  options: McpOptions,
  calls: Map<string, AbortController>,
): Promise<void> {
  checkHeaders(exchange);
  const message = parseJson(await exchange.jsonText());
  if (message === undefined) {
    exchange.json(failed(null, rpcCodes.parseError, 'The body is not JSON.'), 400);
    return;
  }
  if (!isObject(message) || message['jsonrpc'] !== '2.0') {
    exchange.json(failed(null, rpcCodes.invalidRequest, 'One JSON-RPC 2.0 message.'), 400);
    return;
  }
  const { id, method } = message;
  const params = isObject(message['params']) ? message['params'] : {};
  const session = sessionOf(exchange);
  if (typeof method !== 'string' || !isRequestId(id)) {
    // A notification, or the answer to a request that this server never makes.
    if (method === 'notifications/cancelled' && isRequestId(params['requestId'])) {
      calls.get(callKey(session, params['requestId']))?.abort();
    }
    exchange.empty(202);
    return;
  }
  if (method === 'tools/call') {
    await callTool(exchange, { id, params, session }, options, calls);
    return;
  }
  const headers = method === 'initialize' ? { 'Mcp-Session-Id': randomUUID() } : undefined;
  exchange.json(answerPlain(id, method, params, options), 200, headers);
}

/** Everything but a call of a tool is answered at once. */
function answerPlain(
  id: RequestId,
  method: string,
  params: JsonObject,
  { tools, version }: McpOptions,
): object {
  switch (method) {
    case 'initialize': {
      const wanted = params['protocolVersion'];
      return done(id, {
        protocolVersion: versions.find((known) => known === wanted) ?? versions[0],
        capabilities: { tools: {} },
        serverInfo: { name: serverName, title: 'ASR Model Manager', version },
        instructions:
          'Speech recognition models of this computer: list_models shows what is here, search_models what can be downloaded, transcribe_file gives the text of a recording. Tell the person the size and the licence of a model before download_model.',
      });
    }
    case 'ping':
      return done(id, {});
    case 'tools/list':
      return done(id, {
        tools: tools.map(({ name, title, description, inputSchema, isReadOnly }) => ({
          name,
          title,
          description,
          inputSchema,
          annotations: { title, readOnlyHint: isReadOnly, destructiveHint: false },
        })),
      });
    default:
      return failed(id, rpcCodes.methodNotFound, `There is no method ${method}.`);
  }
}

interface ToolRequest {
  readonly id: RequestId;
  readonly params: JsonObject;
  readonly session: string;
}

/** A call with a progress token is answered by a stream, another one by its result alone. */
async function callTool(
  exchange: Exchange,
  { id, params, session }: ToolRequest,
  { tools, localise }: McpOptions,
  calls: Map<string, AbortController>,
): Promise<void> {
  const tool = tools.find(({ name }) => name === params['name']);
  if (tool === undefined) {
    exchange.json(failed(id, rpcCodes.invalidParams, 'There is no such tool.'));
    return;
  }
  const meta = params['_meta'];
  const token = isObject(meta) ? meta['progressToken'] : undefined;
  const acceptsStream = exchange.request.headers.accept?.includes('text/event-stream') === true;
  const isStreamed = isRequestId(token) && acceptsStream;
  const cancelled = new AbortController();
  const key = callKey(session, id);
  calls.set(key, cancelled);
  const signal = AbortSignal.any([exchange.signal, cancelled.signal]);
  const { response } = exchange;
  const send = (message: object): void => {
    response.write(`event: message\ndata: ${JSON.stringify(message)}\n\n`);
  };
  let last = -1;
  const onProgress = ({ progress, total, message }: ToolProgress): void => {
    // The protocol wants figures that grow; a full socket gets the next one.
    if (progress <= last || response.writableNeedDrain) return;
    last = progress;
    const figures = { progressToken: token, progress, total, message };
    send({ jsonrpc: '2.0', method: 'notifications/progress', params: figures });
  };
  try {
    if (isStreamed) openStream(response);
    const result = await tool
      .run(params['arguments'], { signal, ...(isStreamed ? { onProgress } : {}) })
      .then((value) => toolResult(value, false))
      .catch((error: unknown) => {
        if (signal.aborted && isCancellation(error)) throw error;
        const { error: told } = errorAnswer(error, localise).body;
        return toolResult({ error: told }, true);
      });
    if (isStreamed) {
      send(done(id, result));
      response.end();
    } else exchange.json(done(id, result));
  } catch (error) {
    if (!cancelled.signal.aborted) throw error;
    // A cancelled request gets no answer.
    if (isStreamed) response.end();
    else exchange.empty(202);
  } finally {
    if (calls.get(key) === cancelled) calls.delete(key);
  }
}

function toolResult(value: JsonObject, isError: boolean): object {
  const content = [{ type: 'text', text: JSON.stringify(value) }];
  return { content, structuredContent: value, isError };
}

function checkHeaders({ request }: Exchange): void {
  const version = request.headers['mcp-protocol-version'];
  if (version === undefined || versions.some((known) => known === version)) return;
  throw new HttpError(
    400,
    'unsupported',
    `Known versions of the protocol: ${versions.join(', ')}.`,
  );
}

function sessionOf({ request }: Exchange): string {
  const session = request.headers['mcp-session-id'];
  return typeof session === 'string' ? session.slice(0, mostSessionIdCharacters) : '';
}

function callKey(session: string, id: RequestId): string {
  return `${session} ${typeof id} ${String(id)}`;
}

function isRequestId(value: unknown): value is RequestId {
  return typeof value === 'string' || typeof value === 'number';
}

function done(id: RequestId, result: object): object {
  return { jsonrpc: '2.0', id, result };
}

function failed(id: RequestId | null, code: number, message: string): object {
  return { jsonrpc: '2.0', id, error: { code, message } };
}
