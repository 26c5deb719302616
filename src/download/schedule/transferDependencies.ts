import type { Clock } from '../../common/clock';
import type { Logger } from '../../common/logger';
import type { Transport } from '../../http';
import type { Disk } from '../files/disk';
import type { Hasher } from '../files/hasher';
import type { MemoryPool } from '../files/memoryPool';
import type { Tuning } from '../tuning';

/** What a transfer needs of the world around it. */
export interface TransferDependencies {
  readonly transport: Transport;
  readonly disk: Disk;
  readonly hasher: Hasher;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly tuning: Tuning;
  /** What connections fill; transfers of one thread share it, one after the other. */
  readonly memory: MemoryPool;
  /** In [0, 1). */
  readonly random: () => number;
}
