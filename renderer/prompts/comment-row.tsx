/** A comment among the prompts: kept, and free to be written. */
import { TextInput } from '@mantine/core';
import type { JSX } from 'react';
import { Icon } from '../icons/icon.tsx';
import { promptsText } from '../text/prompts.ts';
import type { RowActions } from './prompt-list.tsx';
import { withComment, type Row } from './rows.ts';
import classes from './prompts.module.css';

interface CommentRowProps {
  readonly row: Row;
  readonly actions: RowActions;
}

export function CommentRow({ row, actions }: CommentRowProps): JSX.Element {
  const text = row.line.kind === 'other' ? row.line.text : '';
  return (
    <div className={classes.comment}>
      <TextInput
        aria-label={promptsText.comment}
        value={text}
        onChange={({ currentTarget: { value } }) => actions.change((rows) => withComment(rows, row.id, value))}
      />
      <button
        type="button"
        className={classes.iconButton}
        aria-label={promptsText.removeComment}
        title={promptsText.removeComment}
        onClick={() => actions.remove(row)}
      >
        <Icon name="trash" size={15} />
      </button>
    </div>
  );
}
