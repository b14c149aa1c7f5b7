/**
 * The picture sets that the base model is trained on, as npm packages of this folder's own package.json: which emoji
 * there are, and where the drawing of each is found in each style.
 *
 * Licences: assets/licenses/base-model-training-data.md. Names and groups of emoji are emojibase's, which follow Unicode CLDR.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { must } from '../../trainer/base/errors.ts';

/** `flat`: Fluent flat; `soft`: Noto; `3d`: Fluent 3D, from which the sample dataset is taken. */
export type Style = 'flat' | 'soft' | '3d';

/** A drawing that is not rasterised yet. */
export type Drawing =
  | {
      readonly kind: 'svg';
      /** What stands between <svg> and </svg>. */
      readonly body: string;
      readonly width: number;
      readonly height: number;
    }
  | { readonly kind: 'file'; readonly path: string };

export interface Emoji {
  /** Code points in lower case without variation selectors, such as `1f636-200d-1f32b`. */
  readonly code: string;
  /** CLDR's short name, such as `hot dog`. */
  readonly label: string;
  /** emojibase's number: 0 faces, 1 people, 3 animals, 4 food, 5 travel, 6 activities, 7 objects, 8 symbols, 9 flags. */
  readonly group: number;
  readonly drawings: Partial<Record<Style, Drawing>>;
}

interface IconifySet {
  readonly width?: number;
  readonly height?: number;
  readonly icons: Record<string, { body: string; width?: number; height?: number }>;
  readonly aliases?: Record<string, { parent: string; hFlip?: boolean }>;
}

interface EmojibaseEntry {
  readonly label: string;
  readonly hexcode: string;
  readonly group?: number;
}

const FOLDER = dirname(fileURLToPath(import.meta.url));

interface Lock {
  readonly packages: Readonly<Record<string, { readonly version?: string; readonly integrity?: string }>>;
}

/** Installs the packages as the lock file says, unless they lie there already. */
export function installPackages(): void {
  if (areInstalled(FOLDER)) return;
  execFileSync('npm', ['ci', '--prefix', FOLDER, '--ignore-scripts', '--no-audit', '--no-fund'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  });
}

/** Whether npm left the very packages of the lock file here. */
export function areInstalled(folder: string): boolean {
  const installed = join(folder, 'node_modules', '.package-lock.json');
  if (!existsSync(installed)) return false;
  const there = readJson<Lock>(installed).packages;
  const wanted = Object.entries(readJson<Lock>(join(folder, 'package-lock.json')).packages);
  return wanted.every(([path, { integrity }]) => path === '' || there[path]?.integrity === integrity);
}

/** Every emoji, in Unicode's order. A style is missing where its set has no drawing. */
export function readEmoji(modules = join(FOLDER, 'node_modules')): readonly Emoji[] {
  const flat = readIconify(join(modules, '@iconify-json', 'fluent-emoji-flat'));
  const soft = readIconify(join(modules, '@iconify-json', 'noto'));
  const solid = readFiles(join(modules, '@lobehub', 'fluent-emoji-3d', 'assets'));
  const entries = readJson<EmojibaseEntry[]>(join(modules, 'emojibase-data', 'en', 'data.json'));
  return entries.flatMap(({ label, hexcode, group }) => {
    // Without a group are the building blocks of emoji: regional letters, skin tones.
    if (group === undefined) return [];
    const code = withoutSelectors(hexcode);
    const drawings: Partial<Record<Style, Drawing>> = {};
    for (const [style, set] of [
      ['flat', flat],
      ['soft', soft],
      ['3d', solid],
    ] as const) {
      const drawing = set.get(code);
      if (drawing) drawings[style] = drawing;
    }
    return [{ code, label, group, drawings }];
  });
}

/** Sets disagree about where a variation selector (U+FE0F) belongs in a name. */
function withoutSelectors(hexcode: string): string {
  return hexcode.toLowerCase().replace(/-fe0f/g, '');
}

function readIconify(folder: string): Map<string, Drawing> {
  const set = readJson<IconifySet>(join(folder, 'icons.json'));
  const names = readJson<Record<string, string>>(join(folder, 'chars.json'));
  const drawings = new Map<string, Drawing>();
  for (const [code, name] of Object.entries(names)) {
    const alias = set.aliases?.[name];
    if (alias?.hFlip === true) continue;
    const icon = must(set.icons[alias?.parent ?? name], name);
    const width = icon.width ?? set.width ?? 16;
    const height = icon.height ?? set.height ?? 16;
    drawings.set(withoutSelectors(code), { kind: 'svg', body: icon.body, width, height });
  }
  return drawings;
}

function readFiles(folder: string): Map<string, Drawing> {
  const files = readdirSync(folder).filter((file) => file.endsWith('.webp'));
  return new Map(
    files.map((file) => [withoutSelectors(file.slice(0, -'.webp'.length)), { kind: 'file', path: join(folder, file) }]),
  );
}

const readJson = <T>(path: string): T => JSON.parse(readFileSync(path, 'utf8')) as T;
