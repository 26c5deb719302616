// `npm run pictures`
import { installAndRun } from './install.mjs';

await installAndRun('./pictures/main.ts');
