import { describeKillsWithoutLinks } from './support/killSweep';

describeKillsWithoutLinks(['publish', 'update', 'repair']);
