import { describe, expect, test } from 'vitest';
import { KNOB_GROUPS } from '../../trainer/api/job/index.ts';
import { sourcesIn } from './sources.ts';
import { wordsIn } from './words.ts';

/** Of the contract: groups of knobs, severities, what a picker picks, a phrase that a knob's range has. The last is a selector. */
const VALUES = new Set<string>([
  ...KNOB_GROUPS,
  ...['error', 'warning', 'info'],
  'file or folder',
  '0 is off',
  '"] :is(textarea, input)',
]);

test('what the window says in English stands in renderer/text', () => {
  const parts = sourcesIn('renderer').filter(({ path }) => !path.startsWith('renderer/text/'));
  expect(parts.length).toBeGreaterThan(50);
  const said = parts.flatMap((part) => wordsIn(part, VALUES).map(({ line, text }) => `${part.path}:${line} ${text}`));
  expect(said).toEqual([]);
});

describe('the check', () => {
  const texts = (source: string): readonly string[] =>
    wordsIn({ path: 'part.tsx', text: source }, VALUES).map(({ text }) => text);

  test.each([
    ['<p>{used} of {all}</p>', 'of'],
    ["<p>{plural(count, 'image')}</p>", 'image'],
    ["<p>{isOn ? 'on' : text.off}</p>", 'on'],
    ['<p>{`, captioned ${caption}`}</p>', ', captioned'],
    ['<button aria-label={`Show ${name}`} />', 'Show'],
    ["const refusal = 'It could not be sent';", 'It could not be sent'],
    ["const fix = 'Again.';", 'Again.'],
  ])('sees what is said in %s', (source, text) => {
    expect(texts(source)).toEqual([text]);
  });

  test.each([
    '<p className="wide">{text.title}</p>',
    'const svg = \'<text x="1" font-size="11">\';',
    "<p>{kind === 'open' ? text.open : text.closed}</p>",
    "<p>{isOn && <Icon name='play' />}</p>",
    '<p>{used} / {all}</p>',
    "<Select picks='file or folder' />",
    "const found = must(table['key'], 'the key of the table');",
    'const style = `calc(100% - ${width}px)`;',
  ])('lets pass what nobody reads: %s', (source) => {
    expect(texts(source)).toEqual([]);
  });
});
