import { describeKills } from './support/killSweep';

describeKills(['publish', 'update', 'repair']);
