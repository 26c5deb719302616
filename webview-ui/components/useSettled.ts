import { useEffect, useState } from 'preact/hooks';

/** The value once it has stood for a while: what is typed letter by letter is read out at its end. */
export function useSettled<T>(value: T, ms: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}
