import { describe, expect, test } from 'vitest';
import type { UserError } from '../../../trainer/base/errors.ts';
import { createGenerator } from '../../../trainer/base/random.ts';
import { encodeLora } from '../../../trainer/formats/lora/write.ts';
import { openLora, type LoraFile } from '../../../trainer/formats/lora/read.ts';
import { initialiseLora } from '../../../trainer/lora/initialise.ts';
import { layoutLora, modulesToWrite, type LoraLayout } from '../../../trainer/lora/layout.ts';
import { loraModules, type LoraSizes } from '../../../trainer/lora/modules.ts';
import { sizesIn, takeLora } from '../../../trainer/lora/stored.ts';
import { fileBytes, memoryFiles } from '../formats/memory-files.ts';
import { SD15, SD21, type PublishedConfig } from '../models/published-configs.ts';
import { networksOf } from './networks.ts';

/** Standard sizes but small ones; only the text encoder and one transformer are kept, to be quick. */
function layoutOf(config: PublishedConfig, rank: number): LoraLayout {
  const sizes: LoraSizes = { kind: 'chosen', linear: { rank, alpha: 1 } };
  const family = config === SD15 ? 'sd1' : 'sd2';
  return layoutLora(
    loraModules(networksOf(family, config), sizes).filter(({ name }) =>
      /_layers_0_|down_blocks_0_attentions_0/.test(name),
    ),
  );
}

async function stored(layout: LoraLayout, values: Float32Array) {
  const modules = modulesToWrite(layout, values);
  const encoded = await encodeLora({ modules, dtype: 'F32', metadata: {} }, () => Promise.resolve('0'.repeat(64)));
  const files = memoryFiles({ 'style.safetensors': fileBytes(encoded) });
  return { files, file: await openLora(files, 'style.safetensors') };
}

const layout = layoutOf(SD15, 4);
const values = initialiseLora(layout, createGenerator(1));

async function problem(other: LoraLayout): Promise<UserError> {
  const { files, file } = await stored(layout, values);
  return takeLora(files, file, other, new Float32Array(other.size)).then(
    () => expect.unreachable(),
    (error: unknown) => error as UserError,
  );
}

describe('starting from a LoRA file', () => {
  test('takes every matrix, and names what only one side has', async () => {
    const { files, file } = await stored(layout, values);
    const taken = new Float32Array(layout.size);
    expect(await takeLora(files, file, layout, taken)).toEqual({ missing: [], unused: [] });
    expect(taken).toEqual(values);

    const [first, ...rest] = layout.modules;
    const fewer: LoraFile = { ...file, modules: new Map([...file.modules].filter(([name]) => name !== rest[0]?.name)) };
    const smaller = layoutLora(layout.modules.filter((module) => module !== first));
    expect(await takeLora(files, fewer, smaller, new Float32Array(smaller.size))).toEqual({
      missing: [rest[0]?.name],
      unused: [first?.name],
    });
  });

  test('the ranks and alphas of the file make the same modules', async () => {
    const { file } = await stored(layout, values);
    expect(loraModules(networksOf('sd1', SD15), sizesIn(file))).toEqual(layout.modules);
  });

  test('another rank is an error that says which and what to set', async () => {
    const error = await problem(layoutOf(SD15, 8));
    expect(error.report.code).toBe('lora/other-rank');
    expect(error.message).toContain(
      'has rank 4 in "lora_te_text_model_encoder_layers_0_self_attn_k_proj", the job asks for rank 8',
    );
    expect(error.message).toContain('dim_from_weights = true');
  });

  test('a LoRA of another model is an error that says so', async () => {
    const error = await problem(layoutOf(SD21, 4));
    expect(error.report.code).toBe('lora/other-model');
    expect(error.message).toContain('is [4, 768], this model needs [4, 1024]');
    const none = await problem(layoutLora(layout.modules.map((module) => ({ ...module, name: `${module.name}_2` }))));
    expect(none.report.code).toBe('lora/other-model');
    expect(none.message).toContain("None of the LoRA's modules belongs to a layer of this model");
  });
});
