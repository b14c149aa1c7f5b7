/**
 * Captions as they are being typed. A draft lives here and not in the field, so that another picture, another page or a
 * batch edit neither loses what was typed nor is undone by it.
 */
import type { ErrorReport } from '../../trainer/base/errors.ts';
import type { DatasetScan } from '../../trainer/api/rpc/index.ts';
import { reportOf } from './failures.ts';

export interface TypedCaption {
  readonly text: string;
  /** Of the caption's file, as the job had it when this was typed. */
  readonly extension: string;
}

export type CaptionDraft = TypedCaption &
  (
    | { readonly kind: 'typed' }
    | { readonly kind: 'writing' }
    /** `scanned` is what the first scan after that made of it: spaces at the end and further lines are not in it. */
    | { readonly kind: 'written'; readonly scanned?: string }
    /** The file says something else since, and the next scan tells what. */
    | { readonly kind: 'outdated' }
    | { readonly kind: 'failed'; readonly error: ErrorReport }
  );

export type Drafts = ReadonlyMap<string, CaptionDraft>;

/** Whether something that was typed is in no file yet. */
export const hasUnwritten = (drafts: Drafts): boolean =>
  [...drafts.values()].some(({ kind }) => kind === 'typed' || kind === 'writing' || kind === 'failed');

interface Parts {
  readonly write: (image: string, caption: TypedCaption) => Promise<void>;
  readonly read: () => Drafts;
  readonly change: (drafts: Drafts) => void;
  /** Milliseconds without a key before a caption is written. */
  readonly pause: number;
}

export interface CaptionDrafts {
  type(image: string, caption: TypedCaption): void;
  /**
   * Writes what waits, of these pictures or of all.
   *
   * @throws {UserError} of the first that could not be written, when all were tried
   */
  keep(images?: Iterable<string>): Promise<void>;
  /** Files of these pictures were changed by something else than a draft. */
  outdate(images: Iterable<string>): void;
  /** Written drafts of other pictures have done their work. */
  leave(image: string | undefined): void;
  /** @param before the drafts as they were when the scan began */
  compare(scan: DatasetScan, before: Drafts): void;
}

export function captionDrafts({ write, read, change, pause }: Parts): CaptionDrafts {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let line: Promise<unknown> = Promise.resolve();
  const put = (image: string, draft: CaptionDraft | undefined): void => {
    const drafts = new Map(read());
    if (draft === undefined) drafts.delete(image);
    else drafts.set(image, draft);
    change(drafts);
  };
  const writeOne = async (image: string): Promise<void> => {
    const draft = read().get(image);
    if (draft?.kind !== 'typed' && draft?.kind !== 'failed') return;
    const { text, extension } = draft;
    const writing: CaptionDraft = { kind: 'writing', text, extension };
    // Who went on typing meanwhile has a newer draft.
    const end = (ended: CaptionDraft): void => {
      if (read().get(image) === writing) put(image, ended);
    };
    put(image, writing);
    try {
      await write(image, { text, extension });
      end({ kind: 'written', text, extension });
    } catch (error) {
      end({ kind: 'failed', text, extension, error: reportOf(error) });
      throw error;
    }
  };
  const drafts: CaptionDrafts = {
    type: (image, { text, extension }) => {
      put(image, { kind: 'typed', text, extension });
      clearTimeout(timer);
      // A failure stands in the draft.
      timer = setTimeout(() => void drafts.keep().catch(() => undefined), pause);
    },
    keep: (images) => {
      // One after the other: of two captions of one picture, the later one stays.
      const kept = line.then(async () => {
        let failure: { readonly error: unknown } | undefined;
        for (const image of images ?? read().keys()) {
          await writeOne(image).catch((error: unknown) => (failure ??= { error }));
        }
        if (failure !== undefined) throw failure.error;
      });
      line = kept.catch(() => undefined);
      return kept;
    },
    outdate: (images) => {
      for (const image of images) {
        const draft = read().get(image);
        if (draft?.kind === 'written') put(image, { ...draft, kind: 'outdated' });
      }
    },
    leave: (image) => {
      for (const [path, { kind }] of read()) {
        if (path !== image && (kind === 'written' || kind === 'outdated')) put(path, undefined);
      }
    },
    compare: ({ images }, before) => {
      const captions = new Map(images.map(({ path, caption }) => [path, caption]));
      for (const [path, draft] of read()) {
        if (before.get(path) !== draft) continue;
        const caption = captions.get(path);
        if (draft.kind === 'outdated') put(path, undefined);
        else if (draft.kind !== 'written') continue;
        else if (caption === undefined || (draft.scanned ?? caption) !== caption) put(path, undefined);
        else if (draft.scanned === undefined) put(path, { ...draft, scanned: caption });
      }
    },
  };
  return drafts;
}
