/** Looks of the window, and what closing it means. */
import { SegmentedControl } from '@mantine/core';
import type { JSX } from 'react';
import { useStore } from 'zustand';
import { useApp } from '../state/app.ts';
import { fileSize } from '../text/amounts.ts';
import { settingsText } from '../text/settings.ts';
import { ClosingSetting } from './closing-setting.tsx';
import classes from './pages.module.css';

const SIZES = [100, 110, 125, 150] as const;

export function SettingsPage(): JSX.Element {
  const { preferences, info, shell } = useApp();
  const settings = useStore(preferences, (state) => state.settings);
  const facts = useStore(info, (state) => state.info);
  const { change } = preferences.getState();
  return (
    <>
      <div className={classes.header}>
        <h1 className={classes.title}>{settingsText.title}</h1>
      </div>
      <div className={classes.settings}>
        <div className={classes.setting}>
          <span id="setting-theme">{settingsText.theme}</span>
          <SegmentedControl
            aria-labelledby="setting-theme"
            value={settings.theme}
            data={[
              { value: 'system', label: settingsText.system },
              { value: 'light', label: settingsText.light },
              { value: 'dark', label: settingsText.dark },
            ]}
            onChange={(theme) => change({ theme })}
          />
        </div>
        <div className={classes.setting}>
          <span id="setting-size">{settingsText.textSize}</span>
          <SegmentedControl
            aria-labelledby="setting-size"
            value={String(settings.textSize)}
            data={SIZES.map((size) => ({ value: String(size), label: `${size} %` }))}
            onChange={(size) => change({ textSize: Number(size) })}
          />
        </div>
        {shell !== undefined && <ClosingSetting shell={shell} />}
        {facts !== undefined && (
          <>
            <div className={classes.setting}>
              <span>{settingsText.version}</span>
              <span>{facts.version}</span>
            </div>
            <div className={classes.setting}>
              <span>{settingsText.computer}</span>
              <span>{settingsText.machine(facts.processor, facts.cores, fileSize(facts.memory))}</span>
            </div>
          </>
        )}
      </div>
    </>
  );
}
