import { expect, test, vi } from 'vitest';
import { copyText } from '../../../renderer/service/clipboard.ts';

test('window/no-clipboard: a page over plain http, or one that may not copy, says what to do instead', async () => {
  const fix = expect.stringContaining('press Ctrl C') as string;
  const report = { code: 'window/no-clipboard', what: 'The browser does not let this page copy', fix };
  // jsdom has no clipboard, as browsers over plain http have none.
  await expect(copyText('log')).rejects.toMatchObject({ report });
  const writeText = (): Promise<void> => Promise.reject(new Error('NotAllowedError'));
  await expect(copyText('log', { writeText })).rejects.toMatchObject({ report });
});

test('what is copied is what was given', async () => {
  const writeText = vi.fn(() => Promise.resolve());
  await copyText('log', { writeText });
  expect(writeText).toHaveBeenCalledWith('log');
});
