/**
 * The window: title bar, pages on the left, the page, the run on the right, problems below.
 */
import { Suspense, useEffect, type JSX } from 'react';
import { useStore } from 'zustand';
import { RunPanel } from '../run/run-panel.tsx';
import { DatasetPage } from '../dataset/dataset-page.tsx';
import { useFreshDataset } from '../dataset/fresh-dataset.ts';
import { RunPage } from '../run/run-page.tsx';
import { RunsPage } from '../pages/runs-page.tsx';
import { SettingsPage } from '../pages/settings-page.tsx';
import { TrainPage } from '../pages/train-page.tsx';
import { TryPage } from '../try-it/try-page.tsx';
import { useApp } from '../state/app.ts';
import type { Page } from '../state/view.ts';
import { frameText } from '../text/frame.ts';
import { ConnectionNotice } from './connection-notice.tsx';
import { useFileDrags } from './file-drags.ts';
import { Questions } from './questions.tsx';
import { Navigation } from './navigation.tsx';
import { ProblemsBar } from './problems-bar.tsx';
import { Search } from './search.tsx';
import { TitleBar } from './title-bar.tsx';
import { useShortcuts } from './shortcuts.ts';
import classes from './frame.module.css';

const PAGE_OF: Readonly<Record<Page, () => JSX.Element>> = {
  dataset: DatasetPage,
  train: TrainPage,
  run: RunPage,
  runs: RunsPage,
  tryIt: TryPage,
  settings: SettingsPage,
};

/** Pages beside which the run's panel stands; others need the room, and a chip in the title bar stands for it. */
const WITH_PANEL: ReadonlySet<Page> = new Set<Page>(['train']);

export function Frame(): JSX.Element {
  const { view, documents } = useApp();
  const page = useStore(view, (state) => state.page);
  const isFirstStart = useStore(documents.state, (state) => state.isFirstStart);
  const hasPanel = WITH_PANEL.has(page) && !isFirstStart;
  useShortcuts();
  useFileDrags();
  useFreshDataset();
  useEffect(() => {
    document.title = `${frameText.pages[page]} - ${frameText.brand}`;
  }, [page]);
  const Page = PAGE_OF[page];
  return (
    <div className={classes.frame}>
      <a className={classes.skip} href="#page">
        {frameText.skip}
      </a>
      <TitleBar hasPanel={hasPanel} />
      <Navigation />
      <main id="page" className={classes.page} tabIndex={-1} aria-label={frameText.pages[page]}>
        <ConnectionNotice />
        <Suspense>
          <Page />
        </Suspense>
      </main>
      {hasPanel && (
        <aside className={classes.runPanel} aria-label={frameText.pages.run}>
          <RunPanel />
        </aside>
      )}
      <ProblemsBar />
      <Search />
      <Questions />
    </div>
  );
}
