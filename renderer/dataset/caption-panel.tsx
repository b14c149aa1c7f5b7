/** The picture that is open: its facts, its caption to write in, what is odd about it; and the tags of all captions. */
import type { JSX } from 'react';
import { useStore } from 'zustand';
import type { DatasetImageShape, DatasetScan } from '../../trainer/api/rpc/index.ts';
import { useApp, useJob } from '../state/app.ts';
import { tagCounts } from '../state/dataset.ts';
import { cutOff, datasetText } from '../text/dataset.ts';
import { CaptionEditor } from './caption-editor.tsx';
import { cutOf } from './crop-frame.ts';
import { ImageFindings } from './image-findings.tsx';
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
          <ImageFindings key={`${image.path} findings`} image={image} scan={scan} />
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
