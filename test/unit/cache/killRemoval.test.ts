import { describeKills } from './support/killSweep';

describeKills(['delete', 'restore', 'remove everything']);
