import { useCallback, useState } from 'react';
import type { ErrorReport } from '../../trainer/base/errors.ts';
import { reportOf } from './failures.ts';

interface Attempts {
  /** Of the last attempt; gone when the next begins. */
  readonly failure: ErrorReport | undefined;
  /** Never rejects. */
  readonly attempt: (action: () => Promise<void>) => Promise<void>;
}

/** What a part of the window tries, and what is said where it fails. */
export function useAttempt(): Attempts {
  const [failure, setFailure] = useState<ErrorReport>();
  const attempt = useCallback(async (action: () => Promise<void>) => {
    try {
      setFailure(undefined);
      await action();
    } catch (error) {
      setFailure(reportOf(error));
    }
  }, []);
  return { failure, attempt };
}
