/**
 * Resolves at the first Ctrl-C, SIGTERM or closing of the terminal. A second one ends the process at once; what it
 * started goes down with it either way (see process/leash.mjs).
 */
export function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    let heard = false;
    const transcribePiece = (): void => {
      if (heard) process.exit(130);
      heard = true;
      resolve();
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, transcribePiece);
  });
}
