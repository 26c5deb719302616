// `npm run package`
import { installAndRun } from './install.mjs';

await installAndRun('./package/main.ts');
