/**
 * Puts into the folder of class images what a job wants of those that are there, and the others aside: an epoch walks the
 * folder by name and ends when it has enough, so others would take the places of those that are wanted.
 */
import type { LogEvent, WarningEvent } from '../../api/events.ts';
import type { Files } from '../../base/ports.ts';
import { plural } from '../../data/report.ts';
import { ASIDE, movePicture, type ClassFolder } from './class-folder.ts';
import type { ClassImageSurvey } from './survey.ts';

export interface Settled {
  /** Pictures of other settings, or more than wanted, that lie aside from now on. */
  readonly setAside: number;
  /** Pictures that lay aside and are wanted again. */
  readonly broughtBack: number;
}

export async function settleFolder(
  files: Files,
  place: ClassFolder,
  { present, surplus }: Pick<ClassImageSurvey, 'present' | 'surplus'>,
  captionExtension: string,
): Promise<Settled> {
  const back = present.filter(({ isAside }) => isAside);
  for (const picture of [...surplus, ...back]) await movePicture(files, place, picture, captionExtension);
  return { setAside: surplus.length, broughtBack: back.length };
}

export function settledEvents({ setAside, broughtBack }: Settled, { folder }: ClassFolder): readonly LogEvent[] {
  const aside = `${plural(setAside, 'class image')} of other settings, or more than wanted, set aside in ${ASIDE} of ${folder}.`;
  const back = `${plural(broughtBack, 'class image')} from before brought back.`;
  const sentences = [...(setAside === 0 ? [] : [aside]), ...(broughtBack === 0 ? [] : [back])];
  return sentences.length === 0 ? [] : [{ kind: 'log', message: sentences.join(' ') }];
}

/** What beside class images takes part in the training, and may not be meant to. */
export function otherEvents(
  { folder: where }: ClassFolder,
  foreign: readonly string[],
  wanted: number,
): readonly WarningEvent[] {
  const events: WarningEvent[] = [];
  if (wanted === 0) {
    events.push({
      kind: 'warning',
      what: 'The regularisation images beside them fill an epoch, so no class images are used',
      where,
      fix: 'Move those away, or ask for a number with num_class_images.',
    });
  }
  if (foreign.length > 0) {
    const [verb, stay, them] =
      foreign.length === 1 ? ['is', 'It stays, and is', 'it'] : ['are', 'They stay, and are', 'them'];
    events.push({
      kind: 'warning',
      what: `${foreign.length} of the pictures in the folder of class images ${verb} from elsewhere (${foreign.slice(0, 3).join(', ')})`,
      where,
      fix: `${stay} trained on too: move ${them} away if you do not want that.`,
    });
  }
  return events;
}
