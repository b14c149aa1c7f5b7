/** What closing the window does to a run that is on, where "Always do this" was ticked once: seen, and taken back. */
import { SegmentedControl } from '@mantine/core';
import { useEffect, useState, type JSX } from 'react';
import type { ClosingChoice, Shell } from '../service/shell.ts';
import { settingsText } from '../text/settings.ts';
import classes from './pages.module.css';

/** The desktop answers in sentences for people. */
const sentenceOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const CHOICES: readonly ClosingChoice[] = ['ask', 'keep', 'stop'];

export function ClosingSetting({ shell }: { readonly shell: Shell }): JSX.Element | null {
  const [choice, setChoice] = useState<ClosingChoice>();
  const [failure, setFailure] = useState<string>();
  useEffect(() => {
    shell.closingChoice().then(setChoice, (error: unknown) => setFailure(sentenceOf(error)));
  }, [shell]);
  const choose = async (wanted: ClosingChoice): Promise<void> => {
    try {
      setFailure(undefined);
      await shell.setClosingChoice(wanted);
      setChoice(wanted);
    } catch (error) {
      setFailure(sentenceOf(error));
    }
  };
  return (
    <>
      {choice !== undefined && (
        <div className={classes.setting}>
          <span id="setting-closing">{settingsText.closing}</span>
          <SegmentedControl
            aria-labelledby="setting-closing"
            value={choice}
            data={CHOICES.map((one) => ({ value: one, label: settingsText.closingChoices[one] }))}
            onChange={(wanted) => void choose(wanted)}
          />
        </div>
      )}
      {failure !== undefined && <p role="alert">{failure}</p>}
    </>
  );
}
