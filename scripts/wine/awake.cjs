// Loaded into each process and worker under wine: now and then one that waited without a limit slept on when what it waited
// for was there. With a timer it looks by itself; the timer keeps no process alive.
require('node:timers')
  .setInterval(() => undefined, 50)
  .unref();
