/**
 * Prints what choosing costs: reading the built-in catalog, the rows of the picker, one search for each key, the
 * panel's message. `npx tsx test/bench/catalog.ts`.
 */
import path from 'node:path';
import {
  modelSearch,
  modelsForLanguage,
  recommend,
  safeFirst,
  type CatalogModel,
} from '../../src/catalog';
import { readBuiltInCatalog } from '../../src/catalog/builtInCatalog';
import { matchModels } from '../../src/models/inventory';
import { packCatalog } from '../../src/vscode/panel/panelCatalog';
import { buildPanelCatalog } from '../../src/vscode/panel/panelCatalog';
import { languageNames, languageStrings } from '../../src/protocol/languageNames';
import { groupRows } from '../../src/vscode/picker/groupRows';
import { groupsOf } from '../unit/catalog/builtInGroups';

const runs = 31;
const file = path.resolve('src', 'catalog', 'data', 'catalog.json');
const t = (message: string): string => message;

interface Times {
  readonly firstMs: number;
  readonly medianMs: number;
  /** The shortest run, the nearest to that of an idle machine. */
  readonly bestMs: number;
}

async function timed(work: () => unknown): Promise<Times> {
  const times: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const start = performance.now();
    await work();
    times.push(performance.now() - start);
  }
  const [firstMs = 0] = times;
  times.sort((a, b) => a - b);
  return { firstMs, medianMs: times[runs >> 1] ?? 0, bestMs: times[0] ?? 0 };
}

async function main(): Promise<void> {
  const print = (name: string, { firstMs, medianMs, bestMs }: Times): void => {
    const figures = [firstMs, medianMs, bestMs].map((ms) => ms.toFixed(1));
    console.log(`${name}: first ${figures[0]}, median ${figures[1]}, best ${figures[2]} ms`);
  };
  print('read and parse the built-in catalog', await timed(() => readBuiltInCatalog(file)));
  const models = await readBuiltInCatalog(file);
  console.log(`${models.length} models`);
  const scan = { repos: [], problems: [], sizeOnDisk: 0 };
  const records = matchModels(models, scan);
  print('join with the disk', await timed(() => matchModels(models, scan)));
  print('safe copies first', await timed(() => safeFirst(models)));
  const facts = {
    fitOf: () => 'fits' as const,
    hasUpdate: () => false,
    isFromHub: () => false,
    nameOf: ({ name }: CatalogModel) => name,
    realTimeFactor: () => undefined,
    languageName: languageNames('de', languageStrings({ t: (text) => text })),
  };
  const byModel = new Map(records.map((record) => [record.model, record]));
  const groups = groupsOf(models);
  print('group by model', await timed(() => groupsOf(models)));
  const choices = { groups, recordOf: (model: CatalogModel) => byModel.get(model) };
  print('rows of the picker', await timed(() => groupRows(choices, facts, t)));
  print('make the search', await timed(() => modelSearch(models, ['de'])));
  const search = modelSearch(models, ['de']);
  for (const query of ['w', 'whisper', 'large turbo q5', 'schwedisch']) {
    print(`search for "${query}"`, await timed(() => search(query)));
  }
  print('what speaks German', await timed(() => modelsForLanguage(models, 'de')));
  const wish = { machine: { memoryBytes: 16e9, cores: 8 }, languages: ['de'], loaders: [] };
  print('recommend', await timed(() => recommend(models, wish)));
  print(
    'the panel’s catalog',
    await timed(() => buildPanelCatalog(groups, { fitOf: () => 'fits' })),
  );
  const catalog = buildPanelCatalog(groups, { fitOf: () => 'fits' });
  print('the same packed', await timed(() => packCatalog(catalog)));
  const bytes = JSON.stringify(packCatalog(catalog)).length;
  console.log(`the message of the panel’s catalog is ${Math.round(bytes / 1000)} kB`);
}

void main();
