/** The sample prompts that the job names, to be edited as a list or as the text that they are. */
import { Button, SegmentedControl, Textarea } from '@mantine/core';
import { useState, type JSX } from 'react';
import { useStore } from 'zustand';
import { Icon } from '../icons/icon.tsx';
import { useApp, useJob } from '../state/app.ts';
import { textOf, type PromptsDocument } from '../state/prompts.ts';
import { lastPart } from '../text/amounts.ts';
import { promptsText } from '../text/prompts.ts';
import { copyPromptsFile, makePromptsFile, newPromptsPath, placeOf } from './new-file.ts';
import { PromptList } from './prompt-list.tsx';
import { isPrompt } from './rows.ts';
import classes from './prompts.module.css';

export function SamplePrompts(): JSX.Element {
  const { prompts } = useApp();
  const open = useStore(prompts, (state) => state.open);
  const failure = useStore(prompts, (state) => state.failure);
  const error = open.kind === 'failed' ? open.error : failure;
  return (
    <section className={classes.editor} aria-labelledby="prompts-title" data-own-undo>
      {open.kind === 'none' && <NoPrompts />}
      {open.kind === 'reading' && (
        <p className={classes.quiet} role="status">
          {promptsText.reading}
        </p>
      )}
      {open.kind === 'known' && (isEditable(open.path) ? <Editor open={open} /> : <ReadOnly open={open} />)}
      {error !== undefined && (
        <p className={classes.failure} role="alert">
          <strong>{error.what}.</strong> {error.fix}
        </p>
      )}
    </section>
  );
}

const isBundled = (path: string): boolean => path.startsWith('bundled:');
export const isEditable = (path: string): boolean => !isBundled(path) && /\.txt$/i.test(path);

function NoPrompts(): JSX.Element {
  const app = useApp();
  const path = useJob(() => newPromptsPath(placeOf(app)));
  return (
    <div className={classes.none}>
      <div>
        <h3 className={classes.title} id="prompts-title">
          {promptsText.none}
        </h3>
        <p className={classes.quiet}>{promptsText.noneBody}</p>
      </div>
      {path !== undefined && (
        <div>
          <Button leftSection={<Icon name="plus" size={15} />} onClick={() => void makePromptsFile(app)}>
            {promptsText.create}
          </Button>
          <p className={classes.quiet}>{promptsText.createdAt(path)}</p>
        </div>
      )}
    </div>
  );
}

type View = 'list' | 'text';

function Editor({ open }: { readonly open: PromptsDocument }): JSX.Element {
  const { prompts } = useApp();
  const [view, setView] = useState<View>('list');
  const unsaved = textOf(open) !== open.saved;
  const { save, revert } = prompts.getState();
  return (
    <div
      onKeyDown={(event) => {
        if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== 's') return;
        // The job has a Ctrl S of its own; here the prompts are meant.
        event.preventDefault();
        event.stopPropagation();
        void save();
      }}
    >
      <div className={classes.head}>
        <h3 className={classes.title} id="prompts-title">
          {promptsText.title}
        </h3>
        <code title={open.path}>{lastPart(open.path)}</code>
        <span className={classes.quiet}>{promptsText.count(open.rows.filter(isPrompt).length)}</span>
        <span className={classes.state} data-unsaved={unsaved || undefined} role="status">
          {unsaved ? promptsText.unsaved : promptsText.saved}
        </span>
        <span className={classes.actions}>
          {unsaved && open.exists && <Button onClick={() => void revert()}>{promptsText.revert}</Button>}
          <Button
            variant={unsaved ? 'filled' : 'default'}
            leftSection={<Icon name="save" size={15} />}
            disabled={!unsaved && open.exists}
            onClick={() => void save()}
          >
            {promptsText.save}
          </Button>
          <SegmentedControl
            aria-label={promptsText.view}
            value={view}
            data={[
              { value: 'list', label: promptsText.list },
              { value: 'text', label: promptsText.text },
            ]}
            onChange={(next) => setView(next)}
          />
        </span>
      </div>
      {!open.exists && <p className={classes.quiet}>{promptsText.notThere}</p>}
      {view === 'list' ? <PromptList open={open} /> : <RawText open={open} />}
      {!unsaved &&
        open.problems.map(({ what, where, fix }) => (
          <p key={what} className={classes.problem} role="alert">
            <Icon name="error" size={14} />
            <span>
              {where !== undefined && `${lastPart(where)}: `}
              {what}. {fix}
            </span>
          </p>
        ))}
    </div>
  );
}

function RawText({ open }: { readonly open: PromptsDocument }): JSX.Element {
  const { prompts } = useApp();
  return (
    <Textarea
      aria-label={promptsText.rawLabel}
      autosize
      minRows={5}
      maxRows={24}
      spellCheck={false}
      className={classes.raw ?? ''}
      value={textOf({ ...open, lineEnd: '\n' })}
      onChange={({ currentTarget }) => prompts.getState().setText(currentTarget.value)}
    />
  );
}

function ReadOnly({ open }: { readonly open: PromptsDocument }): JSX.Element {
  const app = useApp();
  const bundled = isBundled(open.path);
  return (
    <>
      <div className={classes.head}>
        <h3 className={classes.title} id="prompts-title">
          {promptsText.title}
        </h3>
        <span className={classes.quiet}>{bundled ? promptsText.bundled : promptsText.otherFormat}</span>
        {bundled && (
          <span className={classes.actions}>
            <Button leftSection={<Icon name="copy" size={15} />} onClick={() => void copyPromptsFile(app, open.path)}>
              {promptsText.copyToEdit}
            </Button>
          </span>
        )}
      </div>
      <pre className={classes.shown} tabIndex={0} aria-label={promptsText.rawLabel}>
        {open.saved}
      </pre>
    </>
  );
}
