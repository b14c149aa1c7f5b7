/**
 * The user's file of InceptionV3 weights: opened, compared with what the network asks for, and made leaves of a graph.
 */
import { UserError } from '../../base/errors.ts';
import { excerpt } from '../../base/excerpt.ts';
import type { Files } from '../../base/ports.ts';
import type { FileWeight } from '../../exec/executor.ts';
import { readHeader, type SafetensorsHeader } from '../../formats/safetensors/header.ts';
import { createBuilder, type Builder } from '../../graph/builder.ts';
import type { WeightProvider } from '../../nn/network.ts';
import { buildInception, INCEPTION, INCEPTION_SIDE } from './inception.ts';

/** What the file is called where it is published, and how it becomes safetensors. */
const PUBLISHED = 'pt_inception-2015-12-05-6726825d.pth';
const CONVERSION =
  'python -c "import torch, safetensors.torch as s; ' +
  `s.save_file({k: v for k, v in torch.load('${PUBLISHED}', weights_only=True).items() if v.dim() > 0}, ` +
  "'inception.safetensors')\"";
const FIX = `Take the weights of pytorch-fid, ${PUBLISHED}, and convert them once: ${CONVERSION}`;

const SHOWN = 3;

/** Dtypes that a weight can have. */
const FLOATS = ['F64', 'F32', 'F16', 'BF16'];

/** The weights that the network asks for: name without the part, and shape. */
export function inceptionWeightList(): ReadonlyMap<string, readonly number[]> {
  const asked = new Map<string, readonly number[]>();
  const g = createBuilder();
  const get: WeightProvider['get'] = (name, shape) => {
    asked.set(name.slice(INCEPTION.length + 1), shape);
    return g.weight(name, shape);
  };
  buildInception({ g, weights: { get } }, g.input('picture', [1, 3, INCEPTION_SIDE, INCEPTION_SIDE]));
  return asked;
}

/**
 * Tensors that nobody asks for are passed over: counters of batch norm, the bias of the last layer, auxiliary heads.
 *
 * @throws {UserError} `file/*`, `safetensors/*`; `evaluate/inception` if weights are missing or of another shape
 */
export async function openInception(files: Files, path: string): Promise<SafetensorsHeader> {
  const header = await headerOf(files, files.resolve(path));
  const wrong: string[] = [];
  for (const [name, shape] of inceptionWeightList()) {
    const found = header.tensors.get(name);
    if (found === undefined) wrong.push(`${name} is missing`);
    else if (found.shape.join() !== shape.join()) {
      wrong.push(`${name} is [${found.shape.join(', ')}], not [${shape.join(', ')}]`);
    } else if (!FLOATS.includes(found.dtype)) wrong.push(`${name} is stored as ${found.dtype}`);
  }
  if (wrong.length === 0) return header;
  const rest = wrong.length > SHOWN ? `; and ${wrong.length - SHOWN} more` : '';
  throw new UserError({
    code: 'evaluate/inception',
    what: `The file does not hold the InceptionV3 that FID uses: ${wrong.slice(0, SHOWN).join('; ')}${rest}`,
    where: header.file,
    fix: FIX,
    details: { wrong: wrong.length, first: excerpt(wrong[0] ?? '') },
  });
}

async function headerOf(files: Files, path: string): Promise<SafetensorsHeader> {
  try {
    return await readHeader(files, path);
  } catch (error) {
    if (!(error instanceof UserError) || error.report.code !== 'file/pickle') throw error;
    throw new UserError({ ...error.report, fix: FIX }, { cause: error });
  }
}

export interface InceptionWeights extends WeightProvider {
  /** One entry for each leaf that was asked for so far. */
  readonly sources: ReadonlyMap<string, FileWeight>;
}

/** @param header as `openInception` gave it */
export function inceptionWeights(g: Builder, header: SafetensorsHeader): InceptionWeights {
  const sources = new Map<string, FileWeight>();
  return {
    sources,
    get: (name, shape) => {
      const place = header.tensors.get(name.slice(INCEPTION.length + 1));
      if (place !== undefined) {
        const { file, offset, byteLength, dtype } = place;
        sources.set(name, { kind: 'file', file, offset, byteLength, dtype });
      }
      return g.weight(name, shape);
    },
  };
}
