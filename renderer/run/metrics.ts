/**
 * Numbers of a run, one column each, that grow by the step and never move what is there: 100,000 steps are appended to
 * as quickly as ten.
 */
import type { MetricColumns } from '../../trainer/api/rpc/run-shapes.ts';

const FIRST_ROOM = 1024;

export interface MetricRow {
  readonly step: number;
  readonly loss: number;
  readonly averageLoss: number;
  readonly seconds: number;
  readonly lr: Readonly<Record<string, number>>;
}

const COLUMNS = ['step', 'loss', 'averageLoss', 'seconds', 'elapsed', 'lr'] as const;
type ColumnName = (typeof COLUMNS)[number];

export class Metrics {
  length = 0;
  #columns: Record<ColumnName, Float64Array>;

  constructor() {
    this.#columns = Object.fromEntries(COLUMNS.map((name) => [name, new Float64Array(FIRST_ROOM)])) as Record<
      ColumnName,
      Float64Array
    >;
  }

  static from(columns: MetricColumns): Metrics {
    const metrics = new Metrics();
    const rates = Object.entries(columns.lr);
    columns.step.forEach((step, row) => {
      metrics.append({
        step,
        loss: columns.loss[row] ?? Number.NaN,
        averageLoss: columns.averageLoss[row] ?? Number.NaN,
        seconds: columns.seconds[row] ?? 0,
        lr: Object.fromEntries(rates.map(([group, values]) => [group, values[row] ?? 0])),
      });
    });
    return metrics;
  }

  /** A column with room at its end: the first `length` values count. */
  column(name: ColumnName): Float64Array {
    return this.#columns[name];
  }

  last(name: ColumnName): number | undefined {
    return this.length === 0 ? undefined : this.#columns[name][this.length - 1];
  }

  /** Rows come in order. One that is not after the last means that the run went back to a saved state: it replaces. */
  append(row: MetricRow): void {
    while (this.length > 0 && (this.last('step') ?? 0) >= row.step) this.length--;
    if (this.length === this.#columns.step.length) this.#grow();
    const at = this.length;
    const elapsed = (this.last('elapsed') ?? 0) + row.seconds;
    this.#columns.step[at] = row.step;
    this.#columns.loss[at] = row.loss;
    this.#columns.averageLoss[at] = row.averageLoss;
    this.#columns.seconds[at] = row.seconds;
    this.#columns.elapsed[at] = elapsed;
    this.#columns.lr[at] = rateOf(row.lr);
    this.length++;
  }

  /** Steps a second over the last steps. */
  speed(steps = 20): number | undefined {
    const from = this.length - 1 - steps;
    if (this.length < 2) return undefined;
    const start = Math.max(0, from);
    const taken = (this.last('elapsed') ?? 0) - (this.#columns.elapsed[start] ?? 0);
    return taken > 0 ? (this.length - 1 - start) / taken : undefined;
  }

  #grow(): void {
    for (const name of COLUMNS) {
      const wider = new Float64Array(this.#columns[name].length * 2);
      wider.set(this.#columns[name]);
      this.#columns[name] = wider;
    }
  }
}

/** The rate that a chart draws: the UNet's, or the only one. */
const rateOf = (lr: Readonly<Record<string, number>>): number => lr['unet'] ?? Object.values(lr)[0] ?? 0;

/**
 * Exponential moving average of the first `length` values, corrected for its start (as Adam's): the first value is the
 * first loss, not a pull towards 0.
 *
 *     m_i = b m_(i-1) + (1 - b) v_i,   out_i = m_i / (1 - b^i)
 *
 * @param weight b, 0 (as it is) to below 1 (very smooth)
 */
export function smoothed(values: Float64Array, length: number, weight: number): Float64Array {
  const out = new Float64Array(length);
  let mean = 0;
  let correction = 1;
  for (let index = 0; index < length; index++) {
    const value = values[index] ?? 0;
    if (Number.isFinite(value)) {
      mean = weight * mean + (1 - weight) * value;
      correction *= weight;
    }
    out[index] = correction === 1 ? Number.NaN : mean / (1 - correction);
  }
  return out;
}
