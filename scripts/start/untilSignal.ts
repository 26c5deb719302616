/**
 * Resolves at the first Ctrl-C, SIGTERM or closing of the terminal. A second one ends the process at once; the
 * processes that it started end with it either way (see process/leash.mjs).
 */
export function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    let isEnding = false;
    const onSignal = (): void => {
      if (isEnding) process.exit(130);
      isEnding = true;
      resolve();
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, onSignal);
  });
}
