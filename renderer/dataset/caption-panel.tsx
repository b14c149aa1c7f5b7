/** The picture that is open: its facts, its caption to write in, its tokens; and the tags of all captions. */
import { Textarea } from '@mantine/core';
import { useEffect, useState, type JSX } from 'react';
import { useStore } from 'zustand';
import type { DatasetImageShape, DatasetScan } from '../../trainer/api/rpc/index.ts';
import { useApp, useJob } from '../state/app.ts';
import { tagCounts } from '../state/dataset.ts';
import { lastPart } from '../text/amounts.ts';
import { cutOff, datasetText } from '../text/dataset.ts';
import { cutOf } from './crop-frame.ts';
import classes from './dataset.module.css';

interface CaptionPanelProps {
  readonly scan: DatasetScan;
  readonly images: readonly DatasetImageShape[];
}

const MOST_TAGS = 12;

export function CaptionPanel({ scan, images }: CaptionPanelProps): JSX.Element {
  const { dataset } = useApp();
  const current = useStore(dataset, (state) => state.current);
  const image = images.find(({ path }) => path === current);
  const separator = useJob(({ table }) => String(table['caption_separator'] ?? ','));
  const tags = tagCounts(images, separator).slice(0, MOST_TAGS);
  const captions = images.filter(({ captionFrom }) => captionFrom === 'file').length;
  return (
    <aside className={classes.side} aria-label={datasetText.caption}>
      {image !== undefined && (
        <>
          <ImageFacts image={image} />
          <CaptionEditor key={image.path} image={image} limit={scan.tokenLimit} />
        </>
      )}
      {tags.length > 0 && (
        <section className={classes.sideBlock}>
          <div className={classes.sideHead}>
            <h2 className={classes.sideTitle}>{datasetText.tags}</h2>
            <span className={classes.count}>{datasetText.captions(captions)}</span>
          </div>
          <ul className={classes.tags}>
            {tags.map(([tag, count]) => (
              <li key={tag}>
                <span className={classes.tagName}>{tag}</span>
                <span className={classes.tagBar}>
                  <span style={{ width: `${(count / Math.max(1, captions)) * 100}%` }} />
                </span>
                <span className={classes.count}>{datasetText.ofAll(count, images.length)}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </aside>
  );
}

function ImageFacts({ image }: { readonly image: DatasetImageShape }): JSX.Element {
  const { pictureUrl } = useApp();
  const { horizontal, vertical } = cutOf(image);
  const facts = [
    [datasetText.original, `${image.width} × ${image.height}`],
    [datasetText.bucket, `${image.bucket.width} × ${image.bucket.height}`],
    [datasetText.crop, cutOff(horizontal, vertical)],
    [datasetText.seen, datasetText.seenTimes(image.repeats)],
  ] as const;
  return (
    <section className={classes.facts}>
      <img src={pictureUrl(image.path, 320)} alt={image.name} />
      <div>
        <h2 className={classes.sideTitle}>{image.name}</h2>
        <dl>
          {facts.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      </div>
    </section>
  );
}

/** Tokens of one pass of the text encoder: a mark on the meter. */
const CHUNK = 75;

function CaptionEditor({ image, limit }: { readonly image: DatasetImageShape; readonly limit: number }): JSX.Element {
  const { dataset } = useApp();
  const draft = useStore(dataset, ({ drafts }) => drafts.get(image.path));
  const isEditing = useStore(dataset, (state) => state.isEditing);
  const { typeCaption, keepCaptions } = dataset.getState();
  const scanned = image.captionFrom === 'file' ? image.caption : '';
  const text = draft?.text ?? scanned;
  const tokens = useTokens(text, text === scanned ? image.tokens : undefined);
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
  return (
    <section className={classes.sideBlock}>
      <div className={classes.sideHead}>
        <h2 className={classes.sideTitle}>{datasetText.caption}</h2>
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
    </section>
  );
}

const COUNTING_PAUSE = 300;

/** Of the text, counted after a pause where the scan has not done so; until then, as many as before. */
function useTokens(text: string, known: number | undefined): number {
  const { client } = useApp().connection;
  const [counted, setCounted] = useState(known ?? 0);
  useEffect(() => {
    if (known !== undefined) return setCounted(known);
    const controller = new AbortController();
    const timer = setTimeout(() => {
      client
        .call('captions.count', { texts: [text] }, { signal: controller.signal })
        .then(({ tokens: [count] }) => setCounted(count ?? 0))
        .catch(() => undefined);
    }, COUNTING_PAUSE);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [client, text, known]);
  return known ?? counted;
}
