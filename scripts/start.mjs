// `npm start`
import { installAndRun } from './install.mjs';

await installAndRun('./start/main.ts');
