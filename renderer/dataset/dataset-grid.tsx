/** The grid of pictures with its tools: selection, tags of many captions at once, crop frames, a filter. */
import { Button, Checkbox } from '@mantine/core';
import { useState, type JSX, type MouseEvent } from 'react';
import { useStore } from 'zustand';
import type { DatasetImageShape, DatasetScan } from '../../trainer/api/rpc/index.ts';
import { Icon } from '../icons/icon.tsx';
import { useApp } from '../state/app.ts';
import { imagesInSight, type Sight } from '../state/dataset-sight.ts';
import { datasetText } from '../text/dataset.ts';
import { TagTools } from './tag-tools.tsx';
import { Thumbnail } from './thumbnail.tsx';
import { VirtualGrid } from './virtual-grid.tsx';
import classes from './dataset.module.css';

interface DatasetGridProps {
  readonly scan: DatasetScan;
  readonly sight: Sight;
}

const CELL = { width: 164, height: 184 } as const;

export function DatasetGrid({ scan, sight }: DatasetGridProps): JSX.Element {
  const { dataset } = useApp();
  const selected = useStore(dataset, (state) => state.selected);
  const current = useStore(dataset, (state) => state.current);
  const [showsCrop, setShowsCrop] = useState(true);
  const images = imagesInSight(scan, sight);
  const { onlyWithout } = sight;
  const { select, open, show } = dataset.getState();
  const toggle = (path: string): void =>
    select(selected.has(path) ? [...selected].filter((other) => other !== path) : [...selected, path]);
  const press = (image: DatasetImageShape, { ctrlKey, metaKey, shiftKey }: MouseEvent): void => {
    if (shiftKey) {
      const from = images.findIndex(({ path }) => path === current);
      const to = images.indexOf(image);
      const range = images.slice(Math.max(0, Math.min(from, to)), Math.max(from, to) + 1);
      select([...selected, ...range.map(({ path }) => path)]);
    } else if (ctrlKey || metaKey) {
      toggle(image.path);
    }
    open(image.path);
  };
  const isAll = selected.size > 0 && images.every(({ path }) => selected.has(path));
  return (
    <div className={classes.gridColumn}>
      <div className={classes.toolbar}>
        <Checkbox
          size="xs"
          label={selected.size === 0 ? datasetText.selectAll : datasetText.selected(selected.size, images.length)}
          checked={isAll}
          indeterminate={selected.size > 0 && !isAll}
          onChange={() => select(isAll ? [] : images.map(({ path }) => path))}
        />
        <TagTools />
        <span className={classes.toolbarEnd}>
          <Button
            aria-pressed={onlyWithout}
            data-on={onlyWithout || undefined}
            className={classes.toggle ?? ''}
            onClick={() => show({ onlyWithout: !onlyWithout })}
          >
            {datasetText.onlyWithout}
          </Button>
          <Button
            aria-pressed={showsCrop}
            data-on={showsCrop || undefined}
            className={classes.toggle ?? ''}
            leftSection={<Icon name="crop" size={14} />}
            onClick={() => setShowsCrop(!showsCrop)}
          >
            {datasetText.cropFrames}
          </Button>
        </span>
      </div>
      <VirtualGrid
        count={images.length}
        cell={CELL}
        label={datasetText.grid}
        draw={(index) => {
          const image = images[index];
          return (
            image !== undefined && (
              <Thumbnail
                key={image.path}
                image={image}
                scan={scan}
                isSelected={selected.has(image.path)}
                isCurrent={image.path === current}
                showsCrop={showsCrop}
                onPress={(event) => press(image, event)}
                onToggle={() => toggle(image.path)}
              />
            )
          );
        }}
      />
    </div>
  );
}
