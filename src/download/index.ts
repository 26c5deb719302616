/**
 * download: moves the bytes of files from their sources into partial files and verifies them. It knows nothing of models,
 * of hub listings or of VS Code, and it publishes nothing: a verified partial is handed back to the caller. It may import
 * common/, protocol/ and http/, and it writes nothing but the partials and journals that a request names.
 *
 * How a byte travels, and where each step is written:
 *
 *     extension host │ engine/workerEngine       starts the worker, passes messages, resumes after a crash of it
 *     ───────────────┼────────────────────────────────────────────────────────────────────────────────────────────
 *     transfer       │ schedule/transferRun      keeps as many connections open as pay, one segment each
 *     thread         │ sources/sourceClient      asks for the segment; sources/answer checks the answer's head
 *                    │      │  socket
 *                    │      ▼
 *                    │ schedule/receive          fills one buffer of files/bufferPool, adds up its CRC-32
 *                    │      │  write of 1 MB at its offset
 *                    │      ▼
 *                    │ partial file              files/segmentPlan knows which bytes are written
 *                    │      │  flush, then journal (files/checkpoint): what the journal names survives a crash
 *     ───────────────┼──────┼─────────────────────────────────────────────────────────────────────────────────────
 *     hash thread    │      ▼
 *                    │ files/hashQueue           reads the written bytes from the page cache, in file order
 *     ───────────────┼──────┼─────────────────────────────────────────────────────────────────────────────────────
 *     transfer       │      ▼
 *     thread         │ schedule/fileJob.verify   right digest: verified. Wrong: see below
 *
 * The scheduling policy:
 *
 * - **What comes next** (schedule/segmentChoice). Segments are handed out in file order, so that hashing stays close
 *   behind. A segment is as long as a connection carries in 1.5 s, at most 32 MiB (16 MiB while the speed is unknown), and
 *   shorter towards the end, so that all connections end at about the same time.
 * - **When nothing is left to hand out** (segmentPlan.split) an idle connection takes over the tail of the segment that
 *   would end last, divided by the two connections' speeds, unless too little is left to pay for a request. That is
 *   looked at four times a second, as long as a connection is idle.
 * - **How many connections** (schedule/connectionGovernor): starts with 4 and doubles while that brings at least 5 % more
 *   speed; otherwise it returns to the number before and tries again after 10 s, 20 s … 2 min. A network error or a 429
 *   halves it.
 * - **Slow and silent connections** (schedule/transferMonitor) are replaced without counting as failures: silent for
 *   10 s while others flow; at the end of a file, while others are idle, silent for 1 s or so slow that its rest would take
 *   three times as long as others need for it (straggler); slower than a tenth of the file's recent median (collapse),
 *   one at a time and ever more rarely.
 * - **Forgotten connections** (schedule/silenceWatch): a network that changed drops connections without a word. One that is
 *   silent for 3 s is replaced when a later one flows; when all are silent, one is replaced as a probe, again after 6 s and
 *   12 s. A probe that fails is no failed attempt. Silent for the stall limit is one.
 * - **Bandwidth cap** (schedule/bandwidthCap): every byte books its time at the capped speed, for all connections of a
 *   transfer together, and its reader waits until then. Under a cap, speeds say nothing about the line: no collapses.
 * - **Failures** (sources/errors classifies, schedule/faultHandler acts). A failed attempt waits 1 s, 2 s … 30 s, or as
 *   long as the server asks. Connections that fail together are one attempt; a byte resets the count. While others of the
 *   same file flow, one failing connection is none. After the last attempt the next source continues with every byte kept.
 * - **A full disk** is waited for; any other error of the disk ends the transfer. Written bytes are kept.
 * - **A wrong digest**: pieces that read back with another CRC-32 than they arrived with were damaged by the disk, and only
 *   those are fetched again. If there are none, the source was wrong: the file starts over once, from the next source.
 */
export type {
  DownloadEngine,
  FileSource,
  FileToFetch,
  Transfer,
  TransferObserver,
  TransferOutcome,
  TransferProgress,
  TransferRequest,
  TransferSettings,
} from './downloadEngine';
export { createDownloadEngine } from './engine/workerEngine';
