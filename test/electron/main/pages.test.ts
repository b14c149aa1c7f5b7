import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { isAllowedLink } from '../../../electron/main/links.ts';
import { CONTENT_SECURITY_POLICY, originOf, pageFile, servePage } from '../../../electron/main/pages.ts';
import { readPictureAddress, servePicture } from '../../../electron/main/pictures.ts';

let folder: string;
let root: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lora-loom-pages-'));
  root = join(folder, 'pages');
  mkdirSync(join(root, 'assets'), { recursive: true });
  writeFileSync(join(root, 'index.html'), '<p>start</p>');
  writeFileSync(join(root, 'assets/a b.js'), 'go();');
  writeFileSync(join(folder, 'secret.json'), '{}');
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('app://', () => {
  test('addresses stand for files below the folder', () => {
    expect(pageFile(root, 'app://loom/')).toBe(join(root, 'index.html'));
    expect(pageFile(root, 'app://loom/index.html?x=1#y')).toBe(join(root, 'index.html'));
    expect(pageFile(root, 'app://loom/assets/a%20b.js')).toBe(join(root, 'assets', 'a b.js'));
    expect(pageFile(root, 'app://loom/assets/../index.html')).toBe(join(root, 'index.html'));
  });

  test.each([
    'app://loom/..%2fsecret.json',
    'app://loom/%2e%2e%2fsecret.json',
    'app://loom/assets/..%2f..%2fsecret.json',
    'app://loom/..%5csecret.json',
    'app://loom/C:%2fsecret.json',
    'app://loom/index.html%00.js',
    'app://loom/%E0%A4%A',
    'app://loom/assets',
    'app://loom/index.html.exe',
    'app://other/index.html',
    'https://loom/index.html',
    'file:///index.html',
    'nonsense',
  ])('%s is no page', (address) => {
    expect(pageFile(root, address)).toBeUndefined();
  });

  test('no address whatever leads out of the folder', () => {
    const part = fc.constantFrom(
      '..',
      '.',
      '%2e%2e',
      '%2f',
      '%5c',
      '/',
      '\\',
      'a',
      'index.html',
      '.js',
      '%00',
      ':',
      '//',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const file = pageFile(root, `app://loom/${parts.join('')}`);
        expect(file === undefined || file.startsWith(root + sep)).toBe(true);
      }),
    );
  });

  test('pages come with their type and the policy; what is not there is a 404', async () => {
    const page = await servePage(root, new Request('app://loom/index.html'));
    expect(await page.text()).toBe('<p>start</p>');
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('content-security-policy')).toBe(CONTENT_SECURITY_POLICY);
    expect(page.headers.get('x-content-type-options')).toBe('nosniff');
    expect((await servePage(root, new Request('app://loom/none.html'))).status).toBe(404);
    expect((await servePage(root, new Request('app://loom/index.html', { method: 'POST' }))).status).toBe(404);
  });

  test('the policy lets in no script but our files, and nothing from elsewhere', () => {
    const rules = new Map(CONTENT_SECURITY_POLICY.split('; ').map((rule) => rule.split(/ (.*)/s) as [string, string]));
    expect(rules.get('default-src')).toBe("'none'");
    expect(rules.get('script-src')).toBe("'self'");
    expect(rules.get('connect-src')).toBe("'self'");
    expect(CONTENT_SECURITY_POLICY).not.toMatch(/https?:|\*|unsafe-eval/);
  });

  test('an origin is scheme and host, also of schemes that Node does not know', () => {
    expect(originOf('app://loom/index.html')).toBe('app://loom');
    expect(originOf('app://loom.evil/index.html')).toBe('app://loom.evil');
    expect(originOf('about:blank')).toBe('about://');
    expect(originOf('')).toBeUndefined();
  });
});

describe('media://', () => {
  const address = (path: string, more = ''): string => `media://local/?path=${encodeURIComponent(path)}${more}`;

  test('a picture is asked for by its path, maybe with a size', () => {
    const path = join(folder, 'Bild ä&=.png');
    expect(readPictureAddress(address(path))).toEqual({ path, size: undefined });
    expect(readPictureAddress(address(path, '&size=256'))).toEqual({ path, size: 256 });
  });

  test.each([
    'media://local/',
    'media://other/?path=/a.png',
    'media://local/x?path=/a.png',
    'app://local/?path=/a.png',
  ])('%s asks for no picture', (wrong) => expect(readPictureAddress(wrong)).toBeUndefined());

  test('neither do paths that are relative or broken, nor sizes that are none', () => {
    for (const path of ['a.png', '../a.png', '/a\0.png']) expect(readPictureAddress(address(path))).toBeUndefined();
    for (const size of ['', '1', '-20', '1e3', '99999']) {
      expect(readPictureAddress(address('/a.png', `&size=${size}`))).toBeUndefined();
    }
  });

  test('the service decides what is shown, and only pictures are', async () => {
    const file = join(root, 'index.html');
    const origin = 'app://loom';
    const answer = (located: { file: string; type: string } | undefined): Promise<Response> =>
      servePicture({ locate: async () => located, origin }, new Request(address(file)));
    const status = async (located: Parameters<typeof answer>[0]): Promise<number> => (await answer(located)).status;
    expect(await status(undefined)).toBe(403);
    expect(await status({ file, type: 'text/html' })).toBe(403);
    expect(await status({ file: join(root, 'none.png'), type: 'image/png' })).toBe(404);
    expect(await status({ file, type: 'image/png' })).toBe(200);
    const { headers } = await answer({ file, type: 'image/png' });
    expect(headers.get('access-control-allow-origin')).toBe(origin);
  });
});

test.each<[string, boolean]>([
  ['https://github.com/lora', true],
  ['https://huggingface.co/models', true],
  ['http://github.com/', false],
  ['https://github.com.evil.example/', false],
  ['https://user:word@github.com/', false],
  ['https://github.com:8443/', false],
  ['file:///etc/passwd', false],
  ['javascript:alert(1)', false],
  ['github.com', false],
])('the link %s opens: %s', (address, allowed) => {
  expect(isAllowedLink(address)).toBe(allowed);
});
