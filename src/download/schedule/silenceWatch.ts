import { AsrError } from '../../common/asrError';
import { localized } from '../../common/localizedMessage';
import type { Tuning } from '../tuning';
import type { Connection } from './connection';

/** Another connection counts as flowing when a byte came within this time. */
const flowingWithinMs = 1500;
/** After so many of its limits without a dead connection the watch has its first limit again. */
const limitsToCalm = 10;

/** The error of a transfer that nothing came for. */
function stalled(timeoutMs: number): AsrError {
  return new AsrError(
    'stalled',
    localized('Nothing has arrived for {0} s.', Math.round(timeoutMs / 1000)),
  );
}

/** Whether a new connection could continue where this one is. */
function isResumable({ job: { address } }: Connection): boolean {
  return address?.ranges === true && !address.whole;
}

/**
 * Cuts connections that are silent: after 10 s while others flow (replaced, nothing is counted), after the stall limit
 * in any case (a failed attempt).
 *
 * Earlier where the network has forgotten them. One that changed its address (another Wi-Fi, a VPN, a router that was
 * restarted) drops connections without a word, while new ones work at once. So a connection that is silent for 3 s is
 * replaced when one that started later flows. When all are silent, one of them is replaced as a probe. The limit doubles
 * with each time, so that a line or a server that pauses is asked a few times only.
 */
export class SilenceWatch {
  readonly #tuning: Pick<Tuning, 'silentConnectionMs' | 'silentTransferMs'>;
  readonly #stallTimeoutMs: number;
  #limitMs: number;
  #lastCutMs: number | undefined;
  /** When the first connection was replaced in the silence that lasts, and what had arrived by then. */
  #probe: { readonly atMs: number; readonly receivedBytes: number } | undefined;

  constructor(
    tuning: Pick<Tuning, 'silentConnectionMs' | 'silentTransferMs'>,
    stallTimeoutMs: number,
  ) {
    this.#tuning = tuning;
    this.#stallTimeoutMs = stallTimeoutMs;
    this.#limitMs = tuning.silentTransferMs;
  }

  /** `receivedBytes`: of the whole transfer so far. */
  inspect(active: ReadonlySet<Connection>, nowMs: number, receivedBytes: number): void {
    this.#cutSilent(active, nowMs);
    const all = [...active].filter(({ cutOff }) => cutOff === undefined);
    if (this.#probe !== undefined && receivedBytes > this.#probe.receivedBytes) {
      this.#endSilence(all, this.#probe.atMs, nowMs);
    } else if (all.every((connection) => connection.silentMs(nowMs) >= this.#limitMs)) {
      this.#tryOne(all, nowMs, receivedBytes);
    } else this.#cutDead(all, nowMs);
  }

  #cutSilent(active: ReadonlySet<Connection>, nowMs: number): void {
    for (const connection of active) {
      const silentMs = connection.silentMs(nowMs);
      if (silentMs >= this.#stallTimeoutMs) connection.cut(stalled(this.#stallTimeoutMs));
      else if (silentMs >= this.#tuning.silentConnectionMs && othersFlow(active, connection, nowMs))
        connection.cut('replaced');
    }
  }

  /** Something came after a connection had been replaced. */
  #endSilence(all: readonly Connection[], probedMs: number, nowMs: number): void {
    this.#probe = undefined;
    const old = all.filter(({ startedMs }) => startedMs < probedMs);
    // The old ones continue by themselves: it was a pause.
    if (old.some((connection) => connection.flowedWithin(nowMs, nowMs - probedMs))) return;
    this.#limitMs = this.#tuning.silentTransferMs;
    for (const connection of old) if (isResumable(connection)) connection.cut('replaced');
  }

  /** Of those that carried bytes only one is given up: while its replacement is silent too, that one is replaced. */
  #tryOne(all: readonly Connection[], nowMs: number, receivedBytes: number): void {
    const probe = this.#probe;
    const longest = all
      .filter((each) => (probe === undefined ? each.isFlowing : each.startedMs >= probe.atMs))
      .filter(isResumable)
      .sort((a, b) => b.silentMs(nowMs) - a.silentMs(nowMs))[0];
    if (longest === undefined) return;
    this.#probe ??= { atMs: nowMs, receivedBytes };
    longest.cut('replaced');
    this.#raiseLimit(nowMs);
  }

  /** Those that fell silent before the start of one that flows. */
  #cutDead(all: readonly Connection[], nowMs: number): void {
    const flowing = all.filter((connection) => connection.flowedWithin(nowMs, flowingWithinMs));
    const latestStartMs = Math.max(...flowing.map(({ startedMs }) => startedMs));
    const dead = all.filter((connection) => {
      const silentMs = connection.silentMs(nowMs);
      const isSilent = connection.isFlowing && silentMs >= this.#limitMs;
      return isSilent && isResumable(connection) && nowMs - silentMs < latestStartMs;
    });
    for (const connection of dead) connection.cut('replaced');
    if (dead.length > 0) this.#raiseLimit(nowMs);
    else if (nowMs - (this.#lastCutMs ?? nowMs) > this.#limitMs * limitsToCalm) {
      this.#limitMs = this.#tuning.silentTransferMs;
    }
  }

  #raiseLimit(nowMs: number): void {
    this.#lastCutMs = nowMs;
    this.#limitMs *= 2;
  }
}

function othersFlow(
  active: ReadonlySet<Connection>,
  connection: Connection,
  nowMs: number,
): boolean {
  for (const other of active) {
    if (other !== connection && other.flowedWithin(nowMs, flowingWithinMs)) return true;
  }
  return false;
}

/** Whether a connection of the same file still brings bytes, so that one connection's fault is not the file's. */
export function fileStillFlows(
  active: ReadonlySet<Connection>,
  connection: Connection,
  nowMs: number,
): boolean {
  for (const other of active) {
    const same = other !== connection && other.job === connection.job;
    if (same && other.flowedWithin(nowMs, flowingWithinMs)) return true;
  }
  return false;
}

/**
 * Whether a connection that failed was a trial while all others of its file are silent. Whether the network is gone is
 * decided by the stall limit of those.
 */
export function isProbe(
  active: ReadonlySet<Connection>,
  connection: Connection,
  nowMs: number,
): boolean {
  if (connection.isFlowing || fileStillFlows(active, connection, nowMs)) return false;
  for (const other of active) {
    if (other !== connection && other.job === connection.job && other.isFlowing) return true;
  }
  return false;
}
