/** The pages of the window, each with the one number that people look for. */
import { Tooltip } from '@mantine/core';
import type { JSX } from 'react';
import { useStore } from 'zustand';
import { Icon, type IconName } from '../icons/icon.tsx';
import { useApp } from '../state/app.ts';
import { isOn } from '../state/run.ts';
import type { Page } from '../state/view.ts';
import { percent } from '../text/amounts.ts';
import { frameText } from '../text/frame.ts';
import classes from './frame.module.css';

const LINKS: readonly { readonly page: Page; readonly icon: IconName }[] = [
  { page: 'dataset', icon: 'dataset' },
  { page: 'train', icon: 'train' },
  { page: 'run', icon: 'runs' },
  { page: 'runs', icon: 'history' },
  { page: 'tryIt', icon: 'tryIt' },
  { page: 'settings', icon: 'settings' },
];

export function Navigation(): JSX.Element {
  const { view } = useApp();
  const current = useStore(view, ({ page }) => page);
  return (
    <nav className={classes.navigation} aria-label={frameText.navigation}>
      {LINKS.map(({ page, icon }) => (
        <Tooltip
          key={page}
          label={frameText.pages[page]}
          position="right"
          // Within the frame, whose width says whether the words stand beside the icons already.
          withinPortal={false}
          floatingStrategy="fixed"
          classNames={{ tooltip: classes.linkTip ?? '' }}
        >
          <button
            type="button"
            className={classes.link}
            aria-current={page === current ? 'page' : undefined}
            onClick={() => view.getState().go(page)}
          >
            <Icon name={icon} size={18} />
            <span className={classes.linkText}>{frameText.pages[page]}</span>
            <Fact page={page} />
          </button>
        </Tooltip>
      ))}
    </nav>
  );
}

function Fact({ page }: { readonly page: Page }): JSX.Element | null {
  const { dataset, run } = useApp();
  const images = useStore(dataset, ({ scan }) => scan?.images.length);
  const progress = useStore(run, ({ status, lastStep }) =>
    isOn(status) && lastStep !== undefined ? percent(lastStep.step / lastStep.steps) : undefined,
  );
  const fact = page === 'dataset' ? images : page === 'run' ? progress : undefined;
  return fact === undefined ? null : <span className={classes.linkFact}>{fact}</span>;
}
