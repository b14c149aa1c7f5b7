/**
 * Where dropped files go: a Kohya tree keeps its folders `<repeats>_<name>`, for training or, below one that is called
 * "reg", for regularisation; a single folder of pictures is a dataset itself; loose files join the one that is open.
 */
import {
  isCaptionName,
  isHidden,
  isPictureName,
  LARGEST_SENT_FILE,
  parseFolderName,
} from '../../trainer/api/dataset-files.ts';
import { takenText } from '../text/taken.ts';
import type { Dropped, DroppedFile, LeftFile } from './dropped-files.ts';

export interface Placed {
  readonly file: File;
  /** Folders of the dataset that it goes into, with "/". */
  readonly below: string;
}

export interface Plan {
  readonly kind: 'loose' | 'plain' | 'tree';
  /** Of the folder that was dropped. */
  readonly name?: string;
  readonly files: readonly Placed[];
  readonly left: readonly LeftFile[];
}

/** "0_cat" is a folder that trains nothing. */
export const isConcept = (name: string | undefined): boolean => (parseFolderName(name ?? '')?.repeats ?? 0) >= 1;

export const isRegularisationFolder = (name: string): boolean => /^reg/i.test(name);

const nameOf = ({ file, folders }: DroppedFile): string => [...folders, file.name].join('/');

export function planOf({ files, left: unread }: Dropped): Plan {
  const left = [...unread];
  const fit = files.filter((dropped) => {
    const { name, size } = dropped.file;
    if (isHidden(name)) return false;
    const why = !(isPictureName(name) || isCaptionName(name))
      ? takenText.otherKind
      : size > LARGEST_SENT_FILE
        ? takenText.tooLarge
        : undefined;
    if (why !== undefined) left.push({ name: nameOf(dropped), why });
    return why === undefined;
  });
  const tops = [...new Set(fit.flatMap(({ folders }) => folders.slice(0, 1)))];
  const [name] = tops;
  if (name === undefined) return { kind: 'loose', files: fit.map(({ file }) => ({ file, below: '' })), left };
  const isTree = tops.length > 1 || fit.some(({ folders }) => folders.length > 1 && isConcept(folders.at(-1)));
  const placed: Placed[] = [];
  const isTwin = twins();
  for (const dropped of fit) {
    const { file, folders } = dropped;
    const where = isTree ? placeInTree(folders) : placeInPlain(folders);
    const why = 'why' in where ? where.why : isTwin(where.below, file.name) ? takenText.twin : undefined;
    if (why !== undefined) left.push({ name: nameOf(dropped), why });
    else if ('below' in where) placed.push({ file, below: where.below });
  }
  return { kind: isTree ? 'tree' : 'plain', name: tops.length === 1 ? name : takenText.training, files: placed, left };
}

/** Tells of each place whether another was like it: where case does not count, one file would be taken for the other. */
function twins(): (below: string, name: string) => boolean {
  const spellings = new Map<string, string>();
  const isFirst = (path: string): boolean => {
    const folded = path.normalize('NFC').toLowerCase();
    if (spellings.has(folded)) return false;
    spellings.set(folded, path);
    return true;
  };
  return (below, name) => {
    const isOwnFolder = isFirst(below) || spellings.get(below.normalize('NFC').toLowerCase()) === below;
    return !isOwnFolder || !isFirst(`${below}/${name}`);
  };
}

type Where = { readonly below: string } | { readonly why: string };

function placeInTree(folders: readonly string[]): Where {
  const concept = folders.at(-1);
  if (concept === undefined) return { why: takenText.besideFolder };
  if (!isConcept(concept)) return { why: takenText.noRepeats };
  const isRegularisation = isRegularisationFolder(folders.at(-2) ?? '');
  return { below: `${isRegularisation ? takenText.regularisation : takenText.training}/${concept}` };
}

const placeInPlain = (folders: readonly string[]): Where =>
  folders.length === 1
    ? { below: '' }
    : { why: folders.length === 0 ? takenText.besideFolder : takenText.inFolderInside };
