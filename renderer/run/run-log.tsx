/** What happened, newest last. It follows the newest line unless somebody scrolled up to read. */
import { useEffect, useRef, type JSX } from 'react';
import { useStore } from 'zustand';
import { Icon } from '../icons/icon.tsx';
import { copyText } from '../service/clipboard.ts';
import { useApp } from '../state/app.ts';
import { runText } from '../text/run.ts';
import classes from './run-log.module.css';
import shared from './run.module.css';

const NEAR = 40;

export function RunLog(): JSX.Element {
  const { run, shell } = useApp();
  const log = useStore(run, (state) => state.log);
  const folder = useStore(run, (state) => state.status?.folder);
  const list = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  useEffect(() => {
    if (list.current !== null && follows.current) list.current.scrollTop = list.current.scrollHeight;
  }, [log]);
  const copy = (): void => {
    const text = log.map(({ time, message }) => `${time} ${message}`).join('\n');
    void run.getState().attempt(() => copyText(text));
  };
  return (
    <section className={shared.card} data-area="log" aria-labelledby="log-title">
      <div className={shared.cardHead}>
        <h2 className={shared.heading} id="log-title">
          {runText.logTitle}
        </h2>
        <span className={shared.tools}>
          <button
            type="button"
            className={shared.iconButton}
            aria-label={runText.copyLog}
            title={runText.copyLog}
            onClick={copy}
          >
            <Icon name="copy" size={15} />
          </button>
          {shell !== undefined && folder !== undefined && (
            <button
              type="button"
              className={shared.iconButton}
              aria-label={runText.openFolder}
              title={runText.openFolder}
              onClick={() => void run.getState().attempt(() => shell.openFolder(folder))}
            >
              <Icon name="folder" size={15} />
            </button>
          )}
        </span>
      </div>
      <div
        ref={list}
        className={classes.log}
        tabIndex={0}
        role="log"
        aria-labelledby="log-title"
        onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
          follows.current = scrollHeight - scrollTop - clientHeight < NEAR;
        }}
      >
        {log.length === 0 && <p className={shared.quiet}>{runText.noLog}</p>}
        {log.map(({ time, tone, message }, index) => (
          <div key={index} className={classes.line} data-tone={tone}>
            <time className={classes.time}>{time}</time>
            <span className={classes.lineIcon}>{tone !== 'plain' && <Icon name={tone} size={14} />}</span>
            <span>{message}</span>
          </div>
        ))}
      </div>
    </section>
  );
}
