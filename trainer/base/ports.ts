/**
 * What the trainer needs from the outside world, as interfaces: files, pictures, time. Levels 0 to 4 receive these as
 * parameters; `trainer/platform` implements them for Node, tests may implement them in memory.
 */

export interface FileEntry {
  readonly name: string;
  readonly kind: 'file' | 'folder';
}

/** How a place lies to another: 'inside' it, 'around' it, or neither. */
export type Relation = 'same' | 'inside' | 'around' | 'apart';

export interface FileStatus {
  readonly kind: 'file' | 'folder';
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly modified: number;
}

/** The bytes of a file, in order. */
export type Chunks = Uint8Array | AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** Name to bytes, which are asked for when they are written, one file after the other. */
export type FolderContents = ReadonlyMap<string, Chunks>;

/** Paths are opaque strings; `join` and `baseName` know the platform's separators. All failures are `UserError`s. */
export interface Files {
  join(...parts: readonly string[]): string;
  baseName(path: string): string;
  folderOf(path: string): string;
  /** Absolute and normalised. */
  resolve(path: string): string;
  status(path: string): Promise<FileStatus | undefined>;
  /** Sorted by name. */
  list(folder: string): Promise<readonly FileEntry[]>;
  read(path: string): Promise<Uint8Array>;
  /** Exactly `length` bytes from `offset`. */
  readRange(path: string, offset: number, length: number): Promise<Uint8Array>;
  /** Writes beside and renames, so that nobody ever sees half a file. Chunks are written in order. */
  write(path: string, chunks: Chunks): Promise<void>;
  /**
   * A whole folder, written beside and renamed: nobody ever sees half of it, and an older folder of the name goes when
   * the new one is in its place: to `keepOld`, a free name on the same disk, or for good. Names may have "/" in them. The
   * folder around it must exist.
   */
  writeFolder(path: string, contents: FolderContents, keepOld?: string): Promise<void>;
  append(path: string, text: string): Promise<void>;
  /** To another place on the same disk, in one go. A file that has the new name is replaced. */
  move(path: string, to: string): Promise<void>;
  makeFolder(path: string): Promise<void>;
  /** A file; that there is none is no error. */
  remove(path: string): Promise<void>;
  /** A folder with all that is inside; that there is none is no error. */
  removeFolder(path: string): Promise<void>;
  /** How `path` lies to `other`, on the disk and not by name: links are followed. Neither need exist. */
  relation(path: string, other: string): Promise<Relation>;
  /** SHA-256 of the bytes from `offset` to the end (or of `length` bytes), as lower-case hex. */
  sha256(path: string, offset?: number, length?: number): Promise<string>;
  /** Free bytes on the volume of the folder, where that can be known. */
  freeSpace(folder: string): Promise<number | undefined>;
  /** Whether two folders, which need not exist yet, share their free space. */
  onSameDisk(folder: string, other: string): Promise<boolean>;
}

export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** 8-bit RGB in rows from the top, three bytes a pixel, upright (EXIF orientation applied), alpha laid on white. */
export interface Picture extends PictureSize {
  readonly data: Uint8Array;
}

export interface PictureFacts extends PictureSize {
  readonly format: string;
  readonly hasAlpha: boolean;
  readonly bitsPerChannel: number;
  readonly frames: number;
  readonly rotatedByExif: boolean;
  readonly colourSpace: string;
}

export interface Crop {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface Pictures {
  /** Reads the header only; width and height are those of the upright picture. */
  inspect(path: string): Promise<PictureFacts>;
  /** Decodes, turns upright, resizes to `resized` (all of the picture, aspect not kept), then cuts out `crop`. */
  load(path: string, resized: PictureSize, crop: Crop): Promise<Picture>;
  /**
   * The whole picture, upright, no larger than a square of `side` pixels and never enlarged. Shrunk while it is decoded, which is
   * quick; the pixels depend on the decoder, so they are for looking at and not for training.
   */
  loadSmall(path: string, side: number): Promise<Picture>;
  /** A PNG file with text chunks (keyword to text). */
  encodePng(picture: Picture, text: Readonly<Record<string, string>>): Promise<Uint8Array>;
}

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Seconds from an arbitrary start, never going back. */
  seconds(): number;
}
