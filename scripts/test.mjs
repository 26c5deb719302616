// `npm test`
import { installAndRun } from './install.mjs';

await installAndRun('./test/main.ts');
