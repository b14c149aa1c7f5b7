/**
 * The few things that cannot wait: changes that would be lost, a path in a browser, what an import read and an export
 * leaves out.
 */
import { Button, Modal } from '@mantine/core';
import { useRef, type JSX } from 'react';
import { useStore } from 'zustand';
import type { FieldPath } from '../form/presentation.ts';
import { useApp, useJob } from '../state/app.ts';
import { documentName } from '../state/job.ts';
import { lastPart } from '../text/amounts.ts';
import { exportText } from '../text/export.ts';
import { frameText } from '../text/frame.ts';
import { importText } from '../text/import.ts';
import { ExportQuestion } from './export-question.tsx';
import { Imported } from './import-report.tsx';
import { PathQuestion } from './path-question.tsx';
import classes from './questions.module.css';

export function Questions(): JSX.Element {
  const { documents, view } = useApp();
  const question = useStore(documents.state, (state) => state.question);
  const name = useJob(documentName) || frameText.untitled;
  const close = (): void => documents.dismiss();
  // A dialog that closes gives the focus back to what had it, so the field comes after.
  const wanted = useRef<FieldPath>(undefined);
  const show = (path: FieldPath): void => {
    wanted.current = path;
    close();
  };
  const seeSettings = (): void => {
    close();
    view.getState().go('train');
  };
  const goToWanted = (): void => {
    if (wanted.current !== undefined) view.getState().jumpTo(wanted.current);
    wanted.current = undefined;
  };
  const titles = {
    none: '',
    unsaved: frameText.unsavedTitle(name),
    open: frameText.openTitle,
    save: frameText.saveTitle,
    import: importText.askTitle,
    export: exportText.title,
    imported: importText.title,
    taken: question.kind === 'taken' ? frameText.takenTitle(lastPart(question.path)) : '',
  };
  return (
    <Modal
      opened={question.kind !== 'none'}
      onClose={close}
      title={<strong>{titles[question.kind]}</strong>}
      centered
      size={question.kind === 'imported' || question.kind === 'export' ? 'lg' : 'md'}
      onExitTransitionEnd={goToWanted}
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
        <PathQuestion
          body={frameText.openBody}
          action={frameText.openJob}
          onPath={(path) => documents.openAt(path)}
          onFile={(file) => documents.openFile(file)}
        />
      )}
      {question.kind === 'save' && (
        <PathQuestion
          body={frameText.saveBody}
          action={frameText.saveJob}
          first={`${name}.toml`}
          onPath={(path) => documents.saveAt(path)}
        />
      )}
      {question.kind === 'taken' && <TakenQuestion path={question.path} free={question.free} />}
      {question.kind === 'import' && (
        <PathQuestion
          body={importText.askBody}
          action={importText.action}
          onPath={(path) => documents.importAt(path)}
          onFile={(file) => documents.importFile(file)}
        />
      )}
      {question.kind === 'imported' && <Imported report={question.report} onClose={seeSettings} onShow={show} />}
      {question.kind === 'export' && <ExportQuestion name={name} onClose={close} onShow={show} />}
    </Modal>
  );
}

function TakenQuestion({ path, free }: { readonly path: string; readonly free: string }): JSX.Element {
  const { documents } = useApp();
  return (
    <>
      <p className={classes.body}>{frameText.takenBody(path.slice(0, -lastPart(path).length - 1))}</p>
      <div className={classes.buttons}>
        <Button onClick={() => documents.dismiss()}>{frameText.stay}</Button>
        <Button onClick={() => void documents.saveAt(path, path)}>{frameText.replace}</Button>
        <Button variant="filled" data-autofocus onClick={() => void documents.saveAt(free)}>
          {frameText.keepBoth(lastPart(free))}
        </Button>
      </div>
    </>
  );
}
