// Asks the Hub about every repository of the built-in catalog, one after the other, and names every difference:
// `npx tsx scripts/catalog/refresh.ts [--write] [--endpoint URL] [--reference FILE]… [CATALOG]`. With `--write` it writes
// what the catalog lacked; with `--offline` the Hub is not asked, only the references are compared. Ends with 1 when something contradicts the catalog.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { systemClock } from '../../src/common/clock';
import { silentLogger } from '../../src/common/logger';
import { createFetchTransport } from '../../src/http';
import { createHubClient } from '../../src/hub';
import {
  answerKey,
  compareWithHub,
  contradictionsWithReference,
  type RepoAnswer,
} from './compareHub';
import { variantEntries } from './entries';
import { layoutCatalog } from './layout';

const builtIn = path.resolve(__dirname, '../../src/catalog/data/catalog.json');

/** The answers of the hub for every repository and revision of a document, by {@link answerKey}. */
async function askHub(
  document: unknown,
  endpoint: string,
): Promise<ReadonlyMap<string, RepoAnswer | Error>> {
  const hub = createHubClient({
    endpoint,
    transport: createFetchTransport((url, init) => fetch(url, init)),
    token: () => Promise.resolve(undefined),
    clock: systemClock,
    logger: silentLogger,
    userAgent: 'asr-model-manager-catalog/1',
  });
  const answers = new Map<string, RepoAnswer | Error>();
  const { signal } = new AbortController();
  for (const entry of variantEntries(document)) {
    const { repo, revision } = entry;
    const key = answerKey(entry);
    if (repo === undefined || entry.endpoint !== undefined || answers.has(key)) continue;
    try {
      const pinned = await hub.resolveRevision(repo, revision ?? 'main', signal);
      const newest =
        revision === undefined ? pinned : await hub.resolveRevision(repo, 'main', signal);
      const files = await hub.listFiles(pinned.repo, pinned.commit, signal);
      answers.set(key, { commit: pinned.commit, newest: newest.commit, files });
    } catch (error) {
      answers.set(key, error instanceof Error ? error : new Error(String(error)));
    }
  }
  return answers;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      write: { type: 'boolean', default: false },
      offline: { type: 'boolean', default: false },
      endpoint: { type: 'string', default: 'https://huggingface.co' },
      reference: { type: 'string', multiple: true, default: [] },
    },
  });
  const file = positionals[0] ?? builtIn;
  const document: unknown = JSON.parse(readFileSync(file, 'utf8'));
  const contradictions = values.reference.flatMap((name) =>
    contradictionsWithReference(document, JSON.parse(readFileSync(name, 'utf8'))),
  );
  const differences: string[] = [];
  if (!values.offline) {
    const compared = compareWithHub(document, await askHub(document, values.endpoint));
    contradictions.push(...compared.contradictions);
    differences.push(...compared.differences);
  }
  for (const line of differences) process.stdout.write(`${line}\n`);
  for (const line of contradictions) process.stderr.write(`contradiction: ${line}\n`);
  if (values.write) writeFileSync(file, layoutCatalog(document));
  process.stdout.write(
    `${differences.length} differences, ${contradictions.length} contradictions\n`,
  );
  process.exitCode = contradictions.length === 0 ? 0 : 1;
}

void main();
