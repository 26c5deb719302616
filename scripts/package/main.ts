/** `npm run package [-- --target linux-x64]`: see {@link packagePlatforms}. */
import { packagePlatforms } from './packagePlatforms';

void packagePlatforms(process.argv.slice(2));
