// Checks the built-in catalog: `node scripts/catalog/check.mjs`; with `--write`, lays it out anew first. Another file
// can be named instead.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { layoutCatalog } from './layout.mjs';
import { catalogProblems } from './problems.mjs';

function dataFile(name) {
  return fileURLToPath(new URL(`../../src/catalog/data/${name}`, import.meta.url));
}

const file =
  process.argv.slice(2).find((word) => !word.startsWith('--')) ?? dataFile('catalog.json');
const text = readFileSync(file, 'utf8');
const document = JSON.parse(text);
const layout = layoutCatalog(document);
const problems = catalogProblems(
  document,
  JSON.parse(readFileSync(dataFile('catalog.schema.json'), 'utf8')),
);

if (layout !== text) {
  if (process.argv.includes('--write')) writeFileSync(file, layout);
  else problems.push('it is not laid out as `node scripts/catalog/check.mjs --write` does it');
}
for (const problem of problems) console.error(`catalog: ${problem}`);
console.log(`${problems.length} problems in ${document.families.length} families`);
process.exitCode = problems.length === 0 ? 0 : 1;
