/**
 * The bar on top: the job that is open, the search, what computes; and the run, where its panel has no room.
 */
import { Menu } from '@mantine/core';
import type { JSX } from 'react';
import { useStore } from 'zustand';
import { Icon } from '../icons/icon.tsx';
import { RunChip } from '../run/run-chip.tsx';
import { useApp, useJob } from '../state/app.ts';
import { documentName, isUnsaved } from '../state/job.ts';
import { isOn } from '../state/run.ts';
import { lastPart, memoryOf } from '../text/amounts.ts';
import { ENGINE_NAMES, frameText } from '../text/frame.ts';
import classes from './frame.module.css';

export function TitleBar({ hasPanel }: { readonly hasPanel: boolean }): JSX.Element {
  const { view } = useApp();
  return (
    <header className={classes.titleBar}>
      <div className={classes.titleLeft}>
        <div className={classes.brand}>
          <Icon name="brand" size={18} />
          <span>{frameText.brand}</span>
        </div>
        <DocumentMenu />
      </div>
      <button
        type="button"
        className={classes.search}
        aria-keyshortcuts="Control+K"
        onClick={() => view.getState().openSearch(true)}
      >
        <Icon name="search" size={15} />
        <span>{frameText.search}</span>
        <kbd className={classes.keys}>{frameText.searchKeys}</kbd>
      </button>
      <div className={classes.engine}>
        <span className={hasPanel ? classes.chipWhenNarrow : undefined}>
          <RunChip />
        </span>
        <Engine />
      </div>
    </header>
  );
}

function DocumentMenu(): JSX.Element {
  const { documents, job, preferences } = useApp();
  const name = useJob(documentName);
  const unsaved = useJob(isUnsaved);
  const hasPast = useJob(({ past }) => past.length > 0);
  const hasFuture = useJob(({ future }) => future.length > 0);
  const recent = useStore(preferences, ({ settings }) => settings.recentJobs);
  return (
    <div className={classes.document}>
      <Menu position="bottom-start" width="15rem" shadow="md">
        <Menu.Target>
          <button type="button" className={classes.documentButton}>
            <Icon name="file" size={16} />
            <span className="visually-hidden">{frameText.jobMenu}</span>
            <span className={classes.documentName}>{name || frameText.untitled}</span>
            <Icon name="chevronDown" size={14} />
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => documents.newJob()}>{frameText.newJob}</Menu.Item>
          <Menu.Item
            onClick={() => documents.open()}
            rightSection={<kbd className={classes.keys}>{frameText.openKeys}</kbd>}
          >
            {frameText.openJob}
          </Menu.Item>
          <Menu.Item
            onClick={() => void documents.save()}
            rightSection={<kbd className={classes.keys}>{frameText.saveKeys}</kbd>}
          >
            {frameText.saveJob}
          </Menu.Item>
          <Menu.Item onClick={() => void documents.saveAs()}>{frameText.saveJobAs}</Menu.Item>
          <Menu.Divider />
          <Menu.Item onClick={() => documents.importJob()}>{frameText.importJob}</Menu.Item>
          <Menu.Item onClick={() => documents.exportJob()}>{frameText.exportJob}</Menu.Item>
          <Menu.Divider />
          <Menu.Item disabled={!hasPast} onClick={() => job.getState().undo()}>
            {frameText.undo}
          </Menu.Item>
          <Menu.Item disabled={!hasFuture} onClick={() => job.getState().redo()}>
            {frameText.redo}
          </Menu.Item>
          {recent.length > 0 && (
            <>
              <Menu.Divider />
              <Menu.Label>{frameText.recent}</Menu.Label>
              {recent.map((path) => (
                <Menu.Item key={path} title={path} onClick={() => documents.openRecent(path)}>
                  {lastPart(path)}
                </Menu.Item>
              ))}
            </>
          )}
        </Menu.Dropdown>
      </Menu>
      {unsaved && <span className={classes.unsaved}>{frameText.unsaved}</span>}
    </div>
  );
}

/** What computes, as the job says it. */
function Engine(): JSX.Element {
  const { info, run } = useApp();
  const facts = useStore(info, (state) => state.info);
  const engine = useJob(({ table }) => String(table['engine'] ?? 'cpu'));
  const memory = useStore(run, ({ status }) => (isOn(status) ? status?.memory : undefined));
  return (
    <span className={classes.engineName} title={facts?.processor}>
      <Icon name="engine" size={15} />
      <span className="visually-hidden">{frameText.engine}</span>
      <span>{ENGINE_NAMES[engine] ?? engine}</span>
      {memory !== undefined && facts !== undefined && <span>{memoryOf(memory, facts.memory)}</span>}
    </span>
  );
}
