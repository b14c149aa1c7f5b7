/** The caption of one picture: written in place, with its tokens and what is too long to be read. */
import { Button, Textarea } from '@mantine/core';
import { useEffect, useRef, useState, type JSX } from 'react';
import { useStore } from 'zustand';
import type { CaptionLengthShape, DatasetImageShape } from '../../trainer/api/rpc/index.ts';
import { useApp } from '../state/app.ts';
import { lastPart } from '../text/amounts.ts';
import { datasetText } from '../text/dataset.ts';
import classes from './caption-editor.module.css';
import shared from './dataset.module.css';

interface CaptionEditorProps {
  readonly image: DatasetImageShape;
  /** Tokens that are read. */
  readonly limit: number;
}

/** Tokens of one pass of the text encoder: a mark on the meter. */
const CHUNK = 75;

export function CaptionEditor({ image, limit }: CaptionEditorProps): JSX.Element {
  const { dataset } = useApp();
  const draft = useStore(dataset, ({ drafts }) => drafts.get(image.path));
  const isEditing = useStore(dataset, (state) => state.isEditing);
  const field = useRef<HTMLTextAreaElement>(null);
  const { typeCaption, keepCaptions } = dataset.getState();
  const scanned = image.captionFrom === 'file' ? image.caption : '';
  const text = draft?.text ?? scanned;
  const { tokens, cut } = useLength(text, text === scanned ? image : undefined, limit);
  const over = Math.max(0, tokens - limit);
  const note =
    text === '' && image.captionFrom === 'folder'
      ? datasetText.captionFromFolder(image.caption)
      : text === ''
        ? datasetText.captionMissing
        : over > 0
          ? datasetText.cut(over)
          : draft?.kind === 'typed' || draft?.kind === 'writing'
            ? datasetText.saving
            : '';
  const selectCut = ({ from, to }: Cut): void => {
    field.current?.focus();
    field.current?.setSelectionRange(from, to);
  };
  return (
    <section className={shared.sideBlock}>
      <div className={shared.sideHead}>
        <h2 className={shared.sideTitle}>{datasetText.caption}</h2>
        <code>{lastPart(image.captionFile)}</code>
        <span className={classes.tokens} data-over={over > 0 || undefined}>
          {datasetText.tokens(tokens, limit)}
        </span>
      </div>
      <div className={classes.meter} data-over={over > 0 || undefined}>
        <span style={{ width: `${Math.min(100, (tokens / limit) * 100)}%` }} />
        {Array.from({ length: Math.max(0, Math.ceil(limit / CHUNK) - 1) }, (_, index) => (
          <i key={index} style={{ left: `${(((index + 1) * CHUNK) / limit) * 100}%` }} />
        ))}
      </div>
      <Textarea
        ref={field}
        aria-label={datasetText.caption}
        autosize
        minRows={5}
        maxRows={14}
        value={text}
        readOnly={isEditing}
        error={draft?.kind === 'failed' ? datasetText.notWritten(draft.error) : undefined}
        onChange={({ currentTarget }) => typeCaption(image.path, currentTarget.value)}
        onBlur={keepCaptions}
      />
      <p className={classes.note} role="status">
        {note}
      </p>
      {cut !== undefined && (
        <p className={classes.cut}>
          <strong>{datasetText.notRead}</strong>
          <mark>{text.slice(cut.from, cut.to)}</mark>
          <Button variant="subtle" size="compact-xs" onClick={() => selectCut(cut)}>
            {datasetText.selectCut}
          </Button>
        </p>
      )}
    </section>
  );
}

const COUNTING_PAUSE = 300;

/** A piece of the text that is not read. */
interface Cut {
  readonly from: number;
  readonly to: number;
}

/** Of the text, counted after a pause where the scan has not done so; until then, as many tokens as before. */
function useLength(
  text: string,
  known: CaptionLengthShape | undefined,
  limit: number,
): { readonly tokens: number; readonly cut?: Cut } {
  const { client } = useApp().connection;
  const [counted, setCounted] = useState<CaptionLengthShape & { readonly text?: string }>({ tokens: 0 });
  useEffect(() => {
    if (known !== undefined) return setCounted(known);
    const controller = new AbortController();
    const timer = setTimeout(() => {
      client
        .call('captions.count', { texts: [text], limit }, { signal: controller.signal })
        .then(({ counts: [length = { tokens: 0 }] }) => setCounted({ ...length, text }))
        .catch(() => undefined);
    }, COUNTING_PAUSE);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [client, text, known, limit]);
  const { tokens, cutAt } = known ?? counted;
  // A place in another text than this one says nothing.
  if (cutAt === undefined || (known === undefined && counted.text !== text)) return { tokens };
  const end = text.indexOf('\n', cutAt);
  return { tokens, cut: { from: cutAt, to: end < 0 ? text.length : end } };
}
