/**
 * What runs a graph. Two executors, one truth: `exec/reference` is the meaning of every op, `exec/ort` the speed.
 */
import type { StoredDType, Tensor } from '../base/tensor.ts';
import type { Bindings } from '../graph/dims.ts';
import type { Graph } from '../graph/graph.ts';

/** Where the elements of a `weight` leaf lie: a stretch of a file, in the file's own dtype, row-major. */
export interface FileWeight {
  readonly kind: 'file';
  /** Absolute path. */
  readonly file: string;
  /** Bytes from the start of the file. */
  readonly offset: number;
  readonly byteLength: number;
  readonly dtype: StoredDType;
}

export type WeightSource = FileWeight | { readonly kind: 'data'; readonly tensor: Tensor };

/** The sources of all `weight` leaves, by leaf name. */
export type WeightSources = ReadonlyMap<string, WeightSource>;

export interface CompileOptions {
  readonly weights?: WeightSources;
  /** The largest sizes that will be fed; the number of attention chunks is chosen for them. */
  readonly largest?: Bindings;
}

export type Feeds = Readonly<Record<string, Tensor>>;
export type Fetches = Readonly<Record<string, Tensor>>;

/** A graph ready to run. Whoever compiles it disposes it. */
export interface Program extends AsyncDisposable {
  /** Feeds every `input` and `parameter` leaf by name; the symbols are bound from the fed shapes. */
  run(feeds: Feeds): Promise<Fetches>;
}

export interface Executor {
  /** For messages: `reference`, `cpu`, `webgpu`, ... */
  readonly name: string;
  compile(graph: Graph, options?: CompileOptions): Promise<Program>;
}
