// `npm run package`: installs what is missing with Node alone, then hands over to TypeScript.
import path from 'node:path';
import { installDependencies } from './install.mjs';

process.chdir(path.dirname(import.meta.dirname));
installDependencies();
await import('tsx');
await import('./package/main.ts');
