/** Sample prompts as rows: words, then the flags as small fields. Rows come, go and move by buttons and by keys. */
import { Button } from '@mantine/core';
import { useEffect, useRef, type JSX, type KeyboardEvent } from 'react';
import { Icon } from '../icons/icon.tsx';
import { useApp } from '../state/app.ts';
import type { PromptsDocument } from '../state/prompts.ts';
import { promptsText } from '../text/prompts.ts';
import { CommentRow } from './comment-row.tsx';
import { PromptFields } from './prompt-fields.tsx';
import { EMPTY_LINE, isPrompt, isShown, moved, withCopyOf, withLineAfter, withoutRow, type Row } from './rows.ts';
import classes from './prompts.module.css';

export interface RowActions {
  change(update: (rows: readonly Row[]) => readonly Row[]): void;
  add(after: number): void;
  copy(row: Row): void;
  move(row: Row, direction: 1 | -1): void;
  remove(row: Row): void;
}

export function PromptList({ open }: { readonly open: PromptsDocument }): JSX.Element {
  const { prompts } = useApp();
  const list = useRef<HTMLOListElement>(null);
  /** The row that gets the cursor once it is drawn. */
  const next = useRef<number>(undefined);
  useEffect(() => {
    if (next.current === undefined) return;
    list.current?.querySelector<HTMLElement>(`[data-row="${next.current}"] :is(textarea, input)`)?.focus();
    next.current = undefined;
  });
  const { rows } = open;
  const { change } = prompts.getState();
  const shown = rows.filter(isShown);
  const insert = ([changed, row]: readonly [Row[], Row]): void => {
    next.current = row.id;
    change(() => changed);
  };
  const actions: RowActions = {
    change,
    add: (after) => insert(withLineAfter(rows, after, EMPTY_LINE)),
    copy: (row) => insert(withCopyOf(rows, row)),
    move: ({ id }, direction) => {
      next.current = id;
      change((now) => moved(now, id, direction));
    },
    remove: (row) => {
      const place = shown.indexOf(row);
      next.current = (shown[place + 1] ?? shown[place - 1])?.id;
      change((now) => withoutRow(now, row.id));
    },
  };
  const prompted = shown.filter(isPrompt);
  return (
    <>
      <ol className={classes.list} ref={list}>
        {shown.map((row, place) => (
          <li key={row.id} className={classes.row} data-row={row.id} onKeyDown={(event) => onKey(event, row, actions)}>
            {isPrompt(row) ? (
              <PromptFields
                row={row}
                number={prompted.indexOf(row) + 1}
                isFirst={place === 0}
                isLast={place === shown.length - 1}
                actions={actions}
              />
            ) : (
              <CommentRow row={row} actions={actions} />
            )}
          </li>
        ))}
      </ol>
      <div className={classes.foot}>
        <Button
          leftSection={<Icon name="plus" size={15} />}
          onClick={() => insert(withLineAfter(rows, undefined, EMPTY_LINE))}
        >
          {promptsText.add}
        </Button>
        <span className={classes.quiet}>{promptsText.keys}</span>
      </div>
    </>
  );
}

function onKey(event: KeyboardEvent<HTMLLIElement>, row: Row, { add, copy, move, remove }: RowActions): void {
  const action = actionOf(event);
  if (action === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  switch (action) {
    case 'add':
      return add(row.id);
    case 'copy':
      return copy(row);
    case 'up':
      return move(row, -1);
    case 'down':
      return move(row, 1);
    case 'remove':
      return remove(row);
  }
}

type Action = 'add' | 'copy' | 'up' | 'down' | 'remove';

const WITH_ALT: Readonly<Record<string, Action>> = { ArrowUp: 'up', ArrowDown: 'down', Delete: 'remove' };

/** Enter is a row's end in the words alone: on a button it presses, in a list it chooses. */
function actionOf({ key, altKey, ctrlKey, metaKey, target }: KeyboardEvent<HTMLLIElement>): Action | undefined {
  if (altKey && !ctrlKey) return WITH_ALT[key];
  if ((ctrlKey || metaKey) && key.toLowerCase() === 'd') return 'copy';
  const ends = key === 'Enter' && !ctrlKey && !metaKey && target instanceof HTMLTextAreaElement;
  return ends ? 'add' : undefined;
}
