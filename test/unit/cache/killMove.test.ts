import { describeKills } from './support/killSweep';

describeKills(['move', 'import']);
