/** What became of each setting of an import: changed ones first, each with a way to its field. */
import { Button } from '@mantine/core';
import type { JSX } from 'react';
import type { FieldPath } from '../form/presentation.ts';
import { fieldsNamed } from '../form/settings.ts';
import type { ImportReport } from '../state/documents.ts';
import { FORMAT_NAMES, importText } from '../text/import.ts';
import classes from './questions.module.css';

interface ImportedProps {
  readonly report: ImportReport;
  readonly onClose: () => void;
  /** Closes and goes to the field. */
  readonly onShow: (path: FieldPath) => void;
}

export function Imported({ report, onClose, onShow }: ImportedProps): JSX.Element {
  const { changed, ignored, used, format } = report;
  return (
    <>
      <p className={classes.body}>
        {FORMAT_NAMES[format]}: {importText.summary(report)}
      </p>
      {changed.length > 0 && (
        <>
          <h3 className={classes.heading}>{importText.changed}</h3>
          <ul className={classes.facts}>
            {changed.map(({ from, value, key, now, why }, index) => (
              <li key={index} className={classes.fact}>
                <span>
                  <code>
                    {from} = {value}
                  </code>{' '}
                  {importText.became}{' '}
                  <code>
                    {key} = {now}
                  </code>
                  <span className={classes.why}>{why}</span>
                </span>
                <ShowField name={key} onShow={onShow} />
              </li>
            ))}
          </ul>
        </>
      )}
      {ignored.length > 0 && (
        <>
          <h3 className={classes.heading}>{importText.ignored}</h3>
          <ul className={classes.facts}>
            {ignored.map(({ from, value, why }, index) => (
              <li key={index}>
                <code>
                  {from} = {value}
                </code>
                <span className={classes.why}>{why}</span>
              </li>
            ))}
          </ul>
        </>
      )}
      {used.length > 0 && (
        <details className={classes.details}>
          <summary>{importText.used}</summary>
          <ul className={classes.facts}>
            {used.map(({ from, key }, index) => (
              <li key={index} className={classes.fact}>
                <code>{from === key ? key : `${from} → ${key}`}</code>
                <ShowField name={key} onShow={onShow} />
              </li>
            ))}
          </ul>
        </details>
      )}
      <div className={classes.buttons}>
        <Button variant="filled" onClick={onClose} data-autofocus>
          {importText.understood}
        </Button>
      </div>
    </>
  );
}

/** Leads to the field of a setting, where the form has one. */
export function ShowField({
  name,
  onShow,
}: { readonly name: string } & Pick<ImportedProps, 'onShow'>): JSX.Element | null {
  const field = fieldsNamed(name)[0];
  if (field === undefined) return null;
  return (
    <Button variant="subtle" aria-label={importText.showField(field.knob.label)} onClick={() => onShow(field.path)}>
      {importText.show}
    </Button>
  );
}
