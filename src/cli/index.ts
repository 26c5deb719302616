/**
 * cli: the command line `asr-models`. The same core as the editor's, without an editor: models, partial files, locks and
 * the ledger are those of every other program on the cache, so one of them fetches and the others follow.
 *
 *   main.ts   signals, streams, exit code
 *      │
 *   runCli ── commandLine.ts ── commandTable.ts     which command, with which options; `help.ts` and `completion.ts`
 *      │         (parseArgs)                        are made of the same table
 *      ▼
 *   a function of commands/ ──▶ ModelManager (openCore.ts; its bundle is loaded by the first command that needs it)
 *      │
 *      ▼
 *   Output: results on stdout; the bar, phases and errors on stderr; with --json one object a line on stdout
 *
 * - place.ts: which cache is used: `--cache`, `ASR_MODELS_CACHE`, the editor's, our own.
 * - wording.ts: what the core says about the editor's settings and commands, as it is done here.
 *
 * A command ends with an exit code: 0 done, 1 failed, 2 wrong use, 130 interrupted. An interruption pauses what runs, so
 * that the bytes stay and the locks go; with `--discard` a download's bytes go too.
 *
 * This module may use `models`, `server`, `protocol` and `common`. Its texts are English, as those of logs are; only the sentences of
 * errors come from the core.
 */
export { runCli } from './runCli';
