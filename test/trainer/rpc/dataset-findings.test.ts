import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { jobTable } from '../../../trainer/api/job/index.ts';
import { createPictures } from '../../../trainer/platform/pictures.ts';
import { serviceStage } from '../../support/service.ts';
import { playground, tinyJob, type Playground } from '../../support/tiny-run.ts';

const tableOf = (place: Playground) => jobTable(tinyJob(place));

test('a caption that is cut is found with its place, and its remedy reads all of it', async () => {
  await using stage = await serviceStage();
  await using place = await playground([[64, 64]]);
  const caption = `${'a Dog, '.repeat(25)}by the  Lighthouse`;
  await writeFile(join(place.pictures, '1_sks dog', '0.txt'), caption);
  const table = tableOf(place);
  const { images, findings } = await stage.client.call('dataset.scan', { table });
  // Three tokens twenty-five times fill the 75; then three words.
  expect(images[0]).toMatchObject({ tokens: 78, cutAt: caption.indexOf('by the') });
  const found = findings.find(({ code }) => code === 'captions/cut');
  expect(found).toMatchObject({
    keys: [],
    what: expect.stringContaining('by the  Lighthouse') as string,
  });
  expect(images[0]?.findings.map((index) => findings[index]?.code)).toContain('captions/cut');
  const [remedy] = found?.remedies ?? [];
  if (remedy?.kind !== 'settings') throw new Error('no remedy');
  expect(remedy.label).toBe('Max Token Length 150');
  const after = await stage.client.call('dataset.scan', { table: { ...table, ...remedy.set } });
  expect(after.findings.map(({ code }) => code)).not.toContain('captions/cut');
  const typed = { texts: [caption, 'a dog'], limit: 75 };
  expect(await stage.client.call('captions.count', typed)).toEqual({
    counts: [{ tokens: 78, cutAt: caption.indexOf('by the') }, { tokens: 2 }],
  });
});

test('a picture that looks blurred is found, and its remedy leaves it out', async () => {
  await using stage = await serviceStage();
  await using place = await playground([
    [64, 64],
    [64, 64],
  ]);
  const subset = join(place.pictures, '1_sks dog');
  const ramp = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => 3 * (Math.floor(i / 3) % 64));
  const { encodePng } = createPictures();
  await writeFile(join(subset, '1.png'), await encodePng({ width: 64, height: 64, data: ramp }, {}));
  const { findings } = await stage.client.call('dataset.inspect', { table: tableOf(place) });
  expect(findings).toMatchObject([
    { where: join(subset, '1.png'), remedies: [{ kind: 'files', label: 'Leave it out' }] },
  ]);
});
