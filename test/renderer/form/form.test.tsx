import { act, cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import { MantineProvider } from '@mantine/core';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { JSX } from 'react';
import { JobForm, visibleFields } from '../../../renderer/form/form.tsx';
import { concernsArgument, concernsMethod, offersChoice, SECTIONS } from '../../../renderer/form/layout.ts';
import { FIELDS } from '../../../renderer/form/settings.ts';
import { createConnection } from '../../../renderer/service/connection.ts';
import { AppContext, createApp, type App } from '../../../renderer/state/app.ts';
import { theme } from '../../../renderer/styles/theme.ts';
import type { Handlers, JobSettings } from '../../../trainer/api/rpc/index.ts';
import { must } from '../../../trainer/base/errors.ts';
import { fakeService } from '../fake-service.ts';
import { fillJsdomGaps } from '../jsdom-gaps.ts';

beforeAll(fillJsdomGaps);
afterEach(cleanup);

const newApp = (handlers: Partial<Handlers> = {}): App =>
  createApp({ connection: createConnection(fakeService(handlers).transport), pictureUrl: (path) => path });

interface FormProps {
  readonly app: App;
  readonly query?: string;
  readonly expert?: boolean;
}

const Form = ({ app, query = '', expert = true }: FormProps): JSX.Element => (
  <AppContext value={app}>
    <MantineProvider theme={theme}>
      <JobForm filter={{ query, expert, onlyChanged: false }} />
    </MantineProvider>
  </AppContext>
);

const pathsDrawn = (): (string | null)[] =>
  [...document.querySelectorAll('[data-path]')].map((field) => field.getAttribute('data-path'));

test('every setting that concerns a LoRA has one field, with a label, once all sections are open', () => {
  const app = newApp();
  app.job.setState({ table: {} });
  render(<Form app={app} />);
  for (const section of screen.getAllByRole('button', { expanded: false })) fireEvent.click(section);
  const expected = FIELDS.filter(
    (field) =>
      offersChoice(field) &&
      concernsMethod(field.key, 'lora') &&
      (field.argument === undefined || concernsArgument(field.key, field.argument, {})),
  ).map(({ path }) => path as string);
  expect(pathsDrawn().sort()).toEqual(expected.sort());
  const labels = [...document.querySelectorAll('label')].map(({ htmlFor }) => htmlFor);
  expect(expected.filter((path) => !labels.includes(`field-${path}`))).toEqual([]);
  expect(SECTIONS.length).toBeGreaterThan(5);
});

test('the simple view has class images below the preparation of folders, with all they need once they are wanted', async () => {
  const app = newApp();
  await waitFor(() => expect(app.info.getState().info).toBeDefined());
  app.job.setState({ table: {} });
  render(<Form app={app} expert={false} />);
  const titles = screen.getAllByRole('heading', { level: 2 }).map(({ textContent }) => textContent ?? '');
  const preparation = titles.findIndex((title) => title.startsWith('Dataset preparation'));
  expect(titles[preparation + 1]).toMatch(/^Class images/);
  const ofClasses = ['reg_data_dir', 'class_prompt', 'num_class_images'];
  expect(pathsDrawn().filter((path) => ofClasses.includes(path ?? ''))).toEqual([]);
  expect(screen.queryByText('Make missing class images')).toBeNull();
  fireEvent.click(screen.getByLabelText('Make class images'));
  expect(pathsDrawn()).toEqual(expect.arrayContaining(ofClasses));
  expect(await screen.findByRole('button', { name: 'Make class images' })).toBeTruthy();
});

test('an autoencoder has no class images, and its pictures can be prepared all the same', () => {
  const app = newApp();
  app.job.setState({ table: { method: 'autoencoder' } });
  render(<Form app={app} />);
  expect(screen.queryByRole('heading', { name: /^Class images/ })).toBeNull();
  expect(screen.getByRole('heading', { name: /^Dataset preparation/ })).toBeTruthy();
});

test('what is typed goes into the job, and the dot takes it back', () => {
  const app = newApp();
  app.job.setState({ table: {} });
  render(<Form app={app} query="network_dim" />);
  fireEvent.change(screen.getByLabelText('Network Rank (Dimension)'), { target: { value: '32' } });
  expect(app.job.getState().table).toEqual({ network_dim: 32 });
  fireEvent.click(screen.getByRole('button', { name: /Network Rank.*Reset to 8/ }));
  expect(app.job.getState().table).toEqual({ network_dim: 8 });
  expect(screen.queryByRole('button', { name: /Reset to 8/ })).toBeNull();
});

test('a problem stands beside its field', () => {
  const app = newApp();
  app.job.setState({ table: {} });
  app.check.setState({
    problems: [
      { severity: 'error', code: 'job/conflict', keys: ['seed'], what: 'It clashes', fix: 'Remove it.', remedies: [] },
    ],
  });
  render(<Form app={app} query="seed" />);
  const field = screen.getByLabelText('Seed');
  expect(field.getAttribute('aria-invalid')).toBe('true');
  expect(document.getElementById(field.getAttribute('aria-describedby') ?? '')?.textContent).toBe(
    'It clashes. Remove it.',
  );
});

test('a setting that has one value alone is no field, unless a file says something else', () => {
  const paths = (table: JobSettings): readonly string[] =>
    SECTIONS.flatMap((section) =>
      visibleFields(section, table, { query: '', expert: true, onlyChanged: false }).map(({ path }) => path),
    );
  expect(paths({})).not.toContain('mixed_precision');
  expect(paths({})).toContain('gradient_checkpointing');
  expect(paths({ mixed_precision: 'fp16' })).toContain('mixed_precision');
});

test('an engine that cannot be says why in the list and is not taken; one that works is a press away', async () => {
  const remedy = { kind: 'settings', label: 'Use webgpu', set: { engine: 'webgpu' }, unset: [] } as const;
  const problem = { severity: 'info', code: 'engine/other-works', keys: ['engine'], fix: 'Take it.' } as const;
  const app = newApp({
    'job.check': () => ({ problems: [{ ...problem, what: 'It works too', remedies: [remedy] }], ignored: [] }),
  });
  app.engines.setState({
    trials: [
      { name: 'cpu', bundled: true, works: true },
      { name: 'webgpu', bundled: true, works: true },
      { name: 'cuda', bundled: false, works: false, reason: 'The cuda engine finds no device it can use here' },
    ],
  });
  render(<Form app={app} query="engine webgpu" />);
  fireEvent.click(screen.getByLabelText('Engine', { selector: 'input' }));
  const options = await screen.findAllByRole('option', { hidden: true });
  expect(options.map(({ textContent }) => textContent)).toEqual([
    'cpu',
    'webgpu',
    'cudaThe cuda engine finds no device it can use here. It needs a library that is not included.',
    'dmlNot for this system.',
    'coremlNot for this system.',
  ]);
  fireEvent.click(must(options[2], 'cuda'));
  expect(app.job.getState().table).not.toHaveProperty('engine');
  const field = must(document.querySelector<HTMLElement>('[data-path=engine]'), 'the field');
  fireEvent.click(await within(field).findByRole('button', { name: 'Use webgpu' }, { timeout: 10_000 }));
  expect(app.job.getState().table).toMatchObject({ engine: 'webgpu' });
});

test('a number of class images is chosen from two that are explained, or typed', async () => {
  const app = newApp();
  await waitFor(() => expect(app.info.getState().info).toBeDefined());
  app.job.setState({ table: {} });
  render(<Form app={app} query="num_class_images" />);
  const control = screen.getByLabelText('Number of class images');
  expect(control).toHaveProperty('value', 'as used');
  fireEvent.click(control);
  expect(await screen.findByText('as many as training uses')).toBeTruthy();
  fireEvent.click(screen.getByText('as in the paper of DreamBooth'));
  expect(app.job.getState().table).toEqual({ num_class_images: '200 per image' });
  fireEvent.change(control, { target: { value: '300' } });
  expect(app.job.getState().table).toEqual({ num_class_images: '300' });
  fireEvent.change(control, { target: { value: 'many' } });
  expect(screen.getByText(/Must be a whole number from 1 to 100000/)).toBeTruthy();
});

test('the help of a field stands below it, and above it while its choices are open there', async () => {
  const app = newApp();
  await waitFor(() => expect(app.info.getState().info).toBeDefined());
  app.job.setState({ table: {} });
  render(<Form app={app} query="num_class_images" />);
  const box = (top: number, height: number): DOMRect => new DOMRect(0, top, 300, height);
  const boxes = vi.spyOn(Element.prototype, 'getBoundingClientRect').mockImplementation(function (this: Element) {
    if (this.matches('[data-path]')) return box(300, 30);
    return this.matches('[role=listbox]') ? box(340, 80) : box(0, 150);
  });
  try {
    const control = screen.getByLabelText('Number of class images');
    fireEvent.mouseEnter(screen.getByText('Number of class images', { selector: 'label' }));
    // The field ends at 330, the gap is 6.
    expect((await screen.findByRole('tooltip')).style.top).toBe('336px');
    fireEvent.mouseLeave(screen.getByText('Number of class images', { selector: 'label' }));
    await waitFor(() => expect(screen.queryByRole('tooltip')).toBeNull());
    fireEvent.click(control);
    fireEvent.mouseEnter(screen.getByText('Number of class images', { selector: 'label' }));
    // It begins at 300, and the card is 150 high.
    expect((await screen.findByRole('tooltip')).style.top).toBe('144px');
  } finally {
    boxes.mockRestore();
  }
});

test('a value that cannot be is kept, with what it must be', () => {
  const app = newApp();
  app.job.setState({ table: {} });
  render(<Form app={app} query="network_dim" />);
  fireEvent.change(screen.getByLabelText('Network Rank (Dimension)'), { target: { value: 'many' } });
  expect(app.job.getState().table).toEqual({ network_dim: 'many' });
  expect(screen.getByText(/Must be a whole number from 1 to 512/)).toBeTruthy();
});

test('a field that must be filled in says so in the words of the window', async () => {
  const app = newApp();
  await waitFor(() => expect(app.info.getState().info).toBeDefined());
  app.job.setState({ table: {} });
  render(<Form app={app} query="train_data_dir" />);
  const fix = 'Add a line train_data_dir = "path/to/it".';
  const problem = { severity: 'error', code: 'job/missing-key', keys: ['train_data_dir'], remedies: [] } as const;
  act(() => app.check.setState({ problems: [{ ...problem, what: 'The setting "train_data_dir" is missing', fix }] }));
  expect(screen.getByText(/^Image folder is empty\. Type the path of a folder/)).toBeTruthy();
  expect(screen.queryByText(/Add a line/)).toBeNull();
});
