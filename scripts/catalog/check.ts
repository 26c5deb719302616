// Checks the built-in catalog: `npx tsx scripts/catalog/check.ts`; with `--write`, lays it out first. Another file can be
// named instead.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { layoutCatalog } from './layout';
import { catalogProblems } from './problems';

const data = path.resolve(__dirname, '../../src/catalog/data');

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}

const words = process.argv.slice(2);
const file = words.find((word) => !word.startsWith('--')) ?? path.join(data, 'catalog.json');
const document = readJson(file);
const layout = layoutCatalog(document);
const { problems, families } = catalogProblems(
  document,
  readJson(path.join(data, 'catalog.schema.json')),
);
if (layout !== readFileSync(file, 'utf8')) {
  if (words.includes('--write')) writeFileSync(file, layout);
  else problems.push('it is not laid out as `npx tsx scripts/catalog/check.ts --write` does it');
}
for (const problem of problems) process.stderr.write(`catalog: ${problem}\n`);
process.stdout.write(`${problems.length} problems in ${families} families\n`);
process.exitCode = problems.length === 0 ? 0 : 1;
