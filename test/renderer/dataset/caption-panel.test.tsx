import { MantineProvider } from '@mantine/core';
import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { DatasetPage } from '../../../renderer/dataset/dataset-page.tsx';
import { createConnection } from '../../../renderer/service/connection.ts';
import { AppContext, createApp, type App } from '../../../renderer/state/app.ts';
import { theme } from '../../../renderer/styles/theme.ts';
import { UserError } from '../../../trainer/base/errors.ts';
import type { Handlers } from '../../../trainer/api/rpc/index.ts';
import { accessibilityFaults } from '../accessibility.ts';
import { fakeService, SCAN, type FakeService } from '../fake-service.ts';
import { fillJsdomGaps } from '../jsdom-gaps.ts';

beforeAll(fillJsdomGaps);
afterEach(cleanup);

const FIRST = '/cats/10_sks cat/smiling.png';

interface Stage {
  readonly app: App;
  readonly service: FakeService;
  /** What the files say, by picture. */
  readonly captions: Map<string, string>;
  readonly leave: () => void;
}

/** A dataset whose captions are kept as the real service does it: trimmed, and read again by the next scan. */
async function stage(handlers: Partial<Handlers> = {}): Promise<Stage> {
  const captions = new Map(SCAN.images.map(({ path, caption }) => [path, caption]));
  const service = fakeService({
    'dataset.scan': () => ({
      ...SCAN,
      images: SCAN.images.map((image) => ({ ...image, caption: captions.get(image.path) ?? '' })),
    }),
    'caption.write': ({ image, text }) => {
      captions.set(image, text.trim());
      return { captionFile: image.replace(/\.png$/, '.txt') };
    },
    'captions.edit': ({ images, edit }) => {
      const tags = edit.kind === 'add' ? edit.tags : [];
      for (const image of images) captions.set(image, [captions.get(image), ...tags].join(', '));
      return { changed: images.length };
    },
    ...handlers,
  });
  const app = createApp({ connection: createConnection(service.transport), pictureUrl: (path) => path });
  await waitFor(() => expect(app.dataset.getState().scan).toBeDefined());
  const { unmount } = render(
    <AppContext value={app}>
      <MantineProvider theme={theme}>
        <main>
          <DatasetPage />
        </main>
      </MantineProvider>
    </AppContext>,
  );
  return { app, service, captions, leave: unmount };
}

const field = (): HTMLTextAreaElement => screen.getByRole<HTMLTextAreaElement>('textbox', { name: 'Caption' });
const type = (text: string): unknown => fireEvent.change(field(), { target: { value: text } });
const addTag = (app: App): Promise<number> =>
  app.dataset.getState().editTags({ kind: 'add', tags: ['indoors'], where: 'end' });

test('a batch edit shows in the caption that is open, and leaving the field does not undo it', async () => {
  const { app, captions } = await stage();
  fireEvent.focus(field());
  app.dataset.getState().select([FIRST]);
  await addTag(app);
  await waitFor(() => expect(field().value).toBe('a sks cat, indoors'));
  type('a sks cat, indoors, red');
  fireEvent.blur(field());
  await waitFor(() => expect(captions.get(FIRST)).toBe('a sks cat, indoors, red'));
});

test('a batch edit begins with what was typed and not yet written', async () => {
  const { app, captions } = await stage();
  type('a smiling sks cat');
  app.dataset.getState().select([FIRST]);
  await addTag(app);
  expect(captions.get(FIRST)).toBe('a smiling sks cat, indoors');
  await waitFor(() => expect(field().value).toBe('a smiling sks cat, indoors'));
});

test('what was typed is written, also when another picture is opened or the page is left at once', async () => {
  const { app, captions, leave } = await stage();
  type('first');
  fireEvent.click(screen.getByRole('button', { name: /^crying\.png/ }));
  await waitFor(() => expect(field().value).toBe('a sks cat'));
  type('second');
  leave();
  await waitFor(() => expect(captions.get('/cats/10_sks cat/crying.png')).toBe('second'));
  expect(captions.get(FIRST)).toBe('first');
  expect(app.dataset.getState().drafts.get('/cats/10_sks cat/crying.png')?.kind).toBe('written');
});

test('a space at the end stays in the field while the caption is written', async () => {
  const { captions, service } = await stage();
  type('a sks cat, ');
  fireEvent.blur(field());
  await waitFor(() => expect(captions.get(FIRST)).toBe('a sks cat,'));
  service.emit('dataset.changed', { folders: ['/cats/10_sks cat'] });
  await waitFor(() => expect(service.calls.filter(({ name }) => name === 'dataset.scan')).toHaveLength(2));
  expect(field().value).toBe('a sks cat, ');
});

test('the part of a caption that is not read is shown, as scanned and as typed, and selected in the field', async () => {
  const caption = `${'cat '.repeat(75)}by the lighthouse`;
  const { app } = await stage({
    'dataset.scan': () => ({
      ...SCAN,
      images: SCAN.images.map((image) => ({ ...image, caption, tokens: 78, cutAt: caption.indexOf('by the') })),
    }),
  });
  expect(screen.getByText('by the lighthouse').tagName).toBe('MARK');
  screen.getByText('3 tokens too many: the end is not read.');
  fireEvent.click(screen.getByRole('button', { name: 'Select it' }));
  expect(document.activeElement).toBe(field());
  expect(caption.slice(field().selectionStart, field().selectionEnd)).toBe('by the lighthouse');

  type(`${'cat '.repeat(75)}at sea`);
  await screen.findByText('at sea');
  type('cat at sea');
  await waitFor(() => expect(screen.queryByText('Not read:')).toBeNull());
  expect(app.dataset.getState().drafts.get(FIRST)?.text).toBe('cat at sea');
});

test('what a scan found about the picture that is open stands beside it, with its fix', async () => {
  const what = 'The picture looks blurred at 128 x 128, the size it is trained at (blur 0.71 of 1)';
  const cut = 'Of the caption’s 78 tokens 75 are read, and not "by the lighthouse"';
  const { app, service } = await stage({
    'dataset.scan': () => ({
      ...SCAN,
      images: SCAN.images.map((image, index) => ({ ...image, findings: index === 0 ? [0, 1] : [] })),
      findings: [
        {
          severity: 'warning',
          code: 'images/blurred',
          keys: [],
          what,
          where: FIRST,
          fix: 'Use a sharper version.',
          remedies: [{ kind: 'files', label: 'Leave it out', fix: { kind: 'leave-out', images: [FIRST] } }],
        },
        {
          severity: 'warning',
          code: 'captions/cut',
          keys: ['max_token_length'],
          what: cut,
          where: FIRST,
          fix: 'Shorten it, or set max_token_length = 150.',
          remedies: [{ kind: 'settings', label: 'Max Token Length 150', set: { max_token_length: 150 }, unset: [] }],
        },
      ],
    }),
  });
  const findings = within(screen.getByRole('list', { name: 'Findings' }));
  findings.getByText(what);
  findings.getByText('Use a sharper version.');
  findings.getByText('Shorten it, or set “Max Token Length” = 150.');
  expect(await accessibilityFaults(document.body)).toEqual([]);
  fireEvent.click(findings.getByRole('button', { name: 'Max Token Length 150' }));
  expect(app.job.getState().table['max_token_length']).toBe(150);
  fireEvent.click(findings.getByRole('button', { name: 'Leave it out' }));
  await waitFor(() =>
    expect(service.calls.find(({ name }) => name === 'dataset.fix')?.input).toEqual({
      fix: { kind: 'leave-out', images: [FIRST] },
    }),
  );
  fireEvent.click(screen.getByRole('button', { name: /^crying\.png/ }));
  await waitFor(() => expect(screen.queryByRole('list', { name: 'Findings' })).toBeNull());
});

test('a fix that cannot be made says why beside the finding', async () => {
  const gone = new UserError({ code: 'file/missing', what: 'There is no such file', fix: 'Scan the folder again.' });
  await stage({
    'dataset.fix': () => Promise.reject(gone),
    'dataset.scan': () => ({ ...SCAN, images: SCAN.images.map((image) => ({ ...image, findings: [0] })) }),
  });
  fireEvent.click(screen.getByRole('button', { name: 'Caption as “sks cat”' }));
  expect((await screen.findByRole('alert')).textContent).toBe('There is no such file. Scan the folder again.');
});

test('a caption that cannot be written stays in the field with the reason, and no batch edit passes over it', async () => {
  const full = new UserError({ code: 'file/no-space', what: 'The disk is full', fix: 'Make room.' });
  const { app, captions } = await stage({ 'caption.write': () => Promise.reject(full) });
  type('typed in vain');
  fireEvent.blur(field());
  await screen.findByText('Not saved: The disk is full. Make room.');
  app.dataset.getState().select([FIRST]);
  await expect(addTag(app)).rejects.toMatchObject({ report: { code: 'file/no-space' } });
  expect(captions.get(FIRST)).toBe('a sks cat');
  expect(field().value).toBe('typed in vain');
  expect(await accessibilityFaults(document.body)).toEqual([]);
});
