// `npm run test:wine`
import { installAndRun } from './install.mjs';

await installAndRun('./wine/main.ts');
