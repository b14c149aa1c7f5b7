import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { JOB_KEYS } from '../../trainer/api/job/index.ts';
import { jobSettingsPage, PAGE } from '../../scripts/write-job-docs.ts';

test('the page about settings is what "npm run docs" writes', () => {
  expect(readFileSync(PAGE, 'utf8')).toBe(jobSettingsPage());
});

test('the page has every setting', () => {
  const page = jobSettingsPage();
  expect(JOB_KEYS.filter((key) => !page.includes(`**${key}**`))).toEqual([]);
});
