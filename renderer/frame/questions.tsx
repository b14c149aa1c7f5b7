/**
 * The few things that cannot wait: changes that would be lost, a path in a browser, what an import read.
 */
import { Button, Modal, TextInput } from '@mantine/core';
import { useState, type JSX } from 'react';
import { useStore } from 'zustand';
import { useApp, useJob } from '../state/app.ts';
import type { ImportReport } from '../state/documents.ts';
import { documentName } from '../state/job.ts';
import { frameText } from '../text/frame.ts';
import { importText } from '../text/import.ts';
import classes from './questions.module.css';

export function Questions(): JSX.Element {
  const { documents } = useApp();
  const question = useStore(documents.state, (state) => state.question);
  const name = useJob(documentName) || frameText.untitled;
  const close = (): void => documents.dismiss();
  const titles = {
    none: '',
    unsaved: frameText.unsavedTitle(name),
    open: frameText.openTitle,
    save: frameText.saveTitle,
    imported: importText.title,
  };
  return (
    <Modal
      opened={question.kind !== 'none'}
      onClose={close}
      title={<strong>{titles[question.kind]}</strong>}
      centered
      size={question.kind === 'imported' ? 'lg' : 'md'}
      closeButtonProps={{ 'aria-label': frameText.stay }}
    >
      {question.kind === 'unsaved' && (
        <>
          <p className={classes.body}>{frameText.unsavedBody}</p>
          <div className={classes.buttons}>
            <Button onClick={() => void documents.answer('cancel')}>{frameText.stay}</Button>
            <Button onClick={() => void documents.answer('drop')}>{frameText.dropAndGo}</Button>
            <Button variant="filled" onClick={() => void documents.answer('save')}>
              {frameText.keepAndGo}
            </Button>
          </div>
        </>
      )}
      {question.kind === 'open' && (
        <PathQuestion body={frameText.openBody} action={frameText.openJob} onPath={(path) => documents.openAt(path)} />
      )}
      {question.kind === 'save' && (
        <PathQuestion
          body={frameText.saveBody}
          action={frameText.saveJob}
          first={`${name}.toml`}
          onPath={(path) => documents.saveAt(path)}
        />
      )}
      {question.kind === 'imported' && <Imported report={question.report} onClose={close} />}
    </Modal>
  );
}

interface PathQuestionProps {
  readonly body: string;
  readonly action: string;
  readonly first?: string;
  readonly onPath: (path: string) => Promise<void>;
}

function PathQuestion({ body, action, first = '', onPath }: PathQuestionProps): JSX.Element {
  const { documents } = useApp();
  const [path, setPath] = useState(first);
  const failure = useStore(documents.state, (state) => state.failure);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void onPath(path);
      }}
    >
      <p className={classes.body}>{body}</p>
      <TextInput
        data-autofocus
        aria-label={frameText.path}
        value={path}
        spellCheck={false}
        error={failure === undefined ? undefined : `${failure.what}. ${failure.fix}`}
        onChange={({ currentTarget }) => setPath(currentTarget.value)}
      />
      <div className={classes.buttons}>
        <Button onClick={() => documents.dismiss()}>{frameText.stay}</Button>
        <Button type="submit" variant="filled" disabled={path.trim() === ''}>
          {action}
        </Button>
      </div>
    </form>
  );
}

function Imported({ report, onClose }: { readonly report: ImportReport; readonly onClose: () => void }): JSX.Element {
  return (
    <>
      <p className={classes.body}>{importText.summary(report)}</p>
      {report.changed.length > 0 && (
        <>
          <h3 className={classes.heading}>{importText.changed}</h3>
          <ul className={classes.facts}>
            {report.changed.map(({ from, value, key, now, why }) => (
              <li key={from}>
                <code>
                  {from} = {value}
                </code>{' '}
                {importText.became}{' '}
                <code>
                  {key} = {now}
                </code>
                <span className={classes.why}>{why}</span>
              </li>
            ))}
          </ul>
        </>
      )}
      {report.ignored.length > 0 && (
        <>
          <h3 className={classes.heading}>{importText.ignored}</h3>
          <ul className={classes.facts}>
            {report.ignored.map(({ from, value, why }) => (
              <li key={from}>
                <code>
                  {from} = {value}
                </code>
                <span className={classes.why}>{why}</span>
              </li>
            ))}
          </ul>
        </>
      )}
      <div className={classes.buttons}>
        <Button variant="filled" onClick={onClose} data-autofocus>
          {importText.understood}
        </Button>
      </div>
    </>
  );
}
