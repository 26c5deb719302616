import { useEffect, useState } from 'preact/hooks';

/** Milliseconds since 1970; while `ticking`, what shows it is drawn again each second. */
export function useNow(ticking: boolean): number {
  const [, setTick] = useState(0);
  useEffect(() => {
    if (!ticking) return;
    const timer = setInterval(() => setTick((tick) => tick + 1), 1000);
    return () => clearInterval(timer);
  }, [ticking]);
  return Date.now();
}
