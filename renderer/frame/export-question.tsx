/** The job for Kohya's tools: which format, what has no place in it, and where the file goes. */
import { Button, Input, SegmentedControl } from '@mantine/core';
import { useEffect, useId, useState, type JSX } from 'react';
import type { ErrorReport } from '../../trainer/base/errors.ts';
import type { CallInput, CallOutput } from '../../trainer/api/rpc/index.ts';
import { PathInput } from '../form/path-input.tsx';
import type { FieldPath } from '../form/presentation.ts';
import { useApp, useJob } from '../state/app.ts';
import { isCancelled, reportOf, takenBy } from '../state/failures.ts';
import { useWords } from '../state/words.ts';
import { exportText } from '../text/export.ts';
import { frameText } from '../text/frame.ts';
import { FORMAT_NAMES } from '../text/import.ts';
import { ShowField } from './import-report.tsx';
import classes from './questions.module.css';

type Format = CallInput<'job.export'>['format'];

const EXTENSIONS: Readonly<Record<Format, string>> = { 'kohya-json': 'json', 'sd-scripts-toml': 'toml' };
const FORMATS = (Object.keys(EXTENSIONS) as Format[]).map((value) => ({ value, label: FORMAT_NAMES[value] }));

type Answer =
  | { readonly kind: 'none' }
  | { readonly kind: 'read'; readonly left: CallOutput<'job.export'>['left'] }
  | { readonly kind: 'failed'; readonly error: ErrorReport };

interface ExportQuestionProps {
  /** Of the job, for the file. */
  readonly name: string;
  readonly onClose: () => void;
  readonly onShow: (path: FieldPath) => void;
}

export function ExportQuestion({ name, onClose, onShow }: ExportQuestionProps): JSX.Element {
  const { connection, shell } = useApp();
  const { client } = connection;
  const table = useJob((state) => state.table);
  const pathId = useId();
  const [format, setFormat] = useState<Format>('kohya-json');
  const [answer, setAnswer] = useState<Answer>({ kind: 'none' });
  const [typed, setTyped] = useState<string>();
  const [saved, setSaved] = useState<string>();
  const [refused, setRefused] = useState<ErrorReport>();
  const taken = refused && takenBy(refused);
  const path = typed ?? `${name}.${EXTENSIONS[format]}`;
  useEffect(() => {
    const controller = new AbortController();
    client.call('job.export', { table, format }, { signal: controller.signal }).then(
      ({ left }) => setAnswer({ kind: 'read', left }),
      (error: unknown) => {
        if (!isCancelled(error)) setAnswer({ kind: 'failed', error: reportOf(error) });
      },
    );
    return () => controller.abort();
  }, [client, table, format]);
  const save = async (): Promise<void> => {
    const filters = [{ name: FORMAT_NAMES[format], extensions: [EXTENSIONS[format]] }];
    const dialog = { title: exportText.title, name: path, filters };
    const place = taken?.path ?? (shell === undefined ? path : await shell.saveFile(dialog));
    if (place === undefined) return;
    // The desktop's own dialog has asked whether a file of that name is replaced.
    const replaces = shell === undefined ? (taken?.path ?? saved) : place;
    const known = replaces === undefined ? {} : { replaces };
    forget();
    await client.call('job.export', { table, format, path: place, ...known }).then(
      (written) => setSaved(written.path ?? place),
      (error: unknown) => setRefused(reportOf(error)),
    );
  };
  const forget = (): void => {
    setSaved(undefined);
    setRefused(undefined);
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <SegmentedControl
        aria-label={exportText.format}
        value={format}
        data={FORMATS}
        onChange={(value) => {
          setFormat(value);
          forget();
        }}
      />
      <ExportAnswer answer={answer} onShow={onShow} />
      {refused !== undefined && <ExportAnswer answer={{ kind: 'failed', error: refused }} onShow={onShow} />}
      {shell === undefined && (
        <Input.Wrapper id={pathId} label={exportText.path} description={exportText.pathBody}>
          <PathInput
            id={pathId}
            name={exportText.path}
            value={path}
            picks="file"
            invalid={refused !== undefined}
            onChange={(next) => {
              setTyped(next);
              forget();
            }}
          />
        </Input.Wrapper>
      )}
      <p className={classes.body} role="status">
        {saved !== undefined && (
          <>
            {exportText.saved} <code>{saved}</code>
          </>
        )}
      </p>
      <div className={classes.buttons}>
        <Button onClick={onClose}>{saved === undefined ? frameText.stay : exportText.close}</Button>
        <Button type="submit" variant="filled" data-autofocus disabled={answer.kind !== 'read' || path.trim() === ''}>
          {taken !== undefined ? frameText.replace : shell === undefined ? exportText.save : exportText.saveAs}
        </Button>
      </div>
    </form>
  );
}

interface ExportAnswerProps extends Pick<ExportQuestionProps, 'onShow'> {
  readonly answer: Answer;
}

function ExportAnswer({ answer, onShow }: ExportAnswerProps): JSX.Element {
  const words = useWords();
  if (answer.kind === 'none') return <p className={classes.body}>{frameText.checking}</p>;
  if (answer.kind === 'failed') {
    const { what, fix } = words(answer.error);
    const key = answer.error.details?.['key'];
    return (
      <p className={classes.failure} role="alert">
        <span>
          <strong>{what}.</strong> {fix}
        </span>
        {typeof key === 'string' && <ShowField name={key} onShow={onShow} />}
      </p>
    );
  }
  if (answer.left.length === 0) return <p className={classes.body}>{exportText.allFits}</p>;
  return (
    <>
      <h3 className={classes.heading}>{exportText.left(answer.left.length)}</h3>
      <ul className={classes.facts}>
        {answer.left.map(({ key, why }) => (
          <li key={key} className={classes.fact}>
            <span>
              <code>{key}</code>
              <span className={classes.why}>{why}</span>
            </span>
            <ShowField name={key} onShow={onShow} />
          </li>
        ))}
      </ul>
    </>
  );
}
