import { expect, test } from 'vitest';
import { f32 } from '../../../trainer/base/tensor.ts';
import { runCommandLine } from '../../../trainer/cli/program.ts';
import { encodeLora } from '../../../trainer/formats/lora/write.ts';
import { writeRandomCheckpoint } from '../../../trainer/formats/random-checkpoint/write.ts';
import { sha256 } from '../../../trainer/platform/sha256.ts';
import { fileBytes, memoryFiles } from '../formats/memory-files.ts';
import { fakeTerminal } from './fake-terminal.ts';

const MODULE = {
  name: 'lora_unet_mid_block_attentions_0_transformer_blocks_0_attn2_to_k',
  alpha: 2,
  down: f32([4, 768], new Float32Array(4 * 768)),
  up: f32([8, 4], new Float32Array(32)),
};

async function loraFiles(metadata: Record<string, string>): Promise<ReturnType<typeof memoryFiles>> {
  const lora = await encodeLora({ modules: [MODULE], dtype: 'F16', metadata }, sha256);
  return memoryFiles({ 'cat.safetensors': fileBytes(lora), 'old.ckpt': 'PK\x03\x04' });
}

test('a LoRA is told with rank, alpha, modules, what its metadata says, and hashes', async () => {
  const terminal = fakeTerminal({ files: await loraFiles({ ss_output_name: 'cat', ss_clip_skip: 'None' }) });
  expect(await runCommandLine(['inspect', 'cat.safetensors'], terminal)).toBe(0);
  const { out } = terminal.written;
  expect(out).toContain('This is a LoRA.\n');
  expect(out).toMatch(/ {2}family +SD 1\.x\n/);
  expect(out).toMatch(/ {2}modules +1 in unet\n {2}rank and alpha +4 and 2\n {2}name +cat\n/);
  expect(out).toMatch(/ {2}SHA-256 of the tensors +[0-9a-f]{64}\n/);
  expect(out).not.toContain('clip skip');
  expect(out).toContain('Metadata: 4 entries; --json shows all.\n');
});

test('as JSON it is one line with everything', async () => {
  const terminal = fakeTerminal({ files: await loraFiles({ ss_output_name: 'cat' }) });
  expect(await runCommandLine(['inspect', 'cat.safetensors', '--json', '--no-hashes'], terminal)).toBe(0);
  const report = JSON.parse(terminal.written.out) as Record<string, unknown>;
  expect(report).toMatchObject({
    kind: 'lora',
    family: 'sd1',
    dtypes: ['F16'],
    lora: { naming: 'kohya', modules: { unet: 1 }, convolutions: 0, sizes: [{ rank: 4, alpha: 2, modules: 1 }] },
    metadata: { ss_output_name: 'cat' },
  });
  expect(report).not.toHaveProperty('hashes');
});

test('text in a file cannot steer the terminal', async () => {
  const terminal = fakeTerminal({ files: await loraFiles({ ss_output_name: '\u001b[2Jgone\nfamily' }) });
  await runCommandLine(['inspect', 'cat.safetensors'], terminal);
  expect(terminal.written.out).toMatch(/ {2}name +\ufffd\[2Jgone\ufffdfamily\n/);
});

test('a checkpoint is told with its parts, in either layout', async () => {
  const files = memoryFiles();
  const recipe = { family: 'sdxl', size: 'tiny', dtype: 'BF16', seed: 1 } as const;
  await writeRandomCheckpoint(files, 'xl.safetensors', { ...recipe, layout: 'ldm' });
  await writeRandomCheckpoint(files, 'xl', { ...recipe, layout: 'diffusers' });
  for (const [path, layout] of [
    ['xl.safetensors', 'single file (LDM)'],
    ['xl', 'folder (diffusers)'],
  ] as const) {
    const terminal = fakeTerminal({ files });
    expect(await runCommandLine(['inspect', path, '--no-hashes'], terminal)).toBe(0);
    expect(terminal.written.out).toContain('This is an SDXL checkpoint.\n');
    expect(terminal.written.out).toContain(layout);
    expect(terminal.written.out).toMatch(/ {2}noise schedule +scaled_linear \(0\.00085 to 0\.012\)\n/);
    expect(terminal.written.out).toMatch(/ {2}text_encoder_2 +[\d.]+ million parameters in \d+ weights, BF16\n/);
  }
});

test('a checkpoint that lacks weights is told with the reason why it cannot be used', async () => {
  const files = memoryFiles();
  await writeRandomCheckpoint(files, 'a', { family: 'sd1', size: 'tiny', layout: 'diffusers', dtype: 'F16', seed: 1 });
  const terminal = fakeTerminal({ files });
  expect(await runCommandLine(['inspect', 'a/unet/diffusion_pytorch_model.safetensors', '--no-hashes'], terminal)).toBe(
    0,
  );
  expect(terminal.written.out).toContain('This is a UNet without its text encoder.\n');
});

test('a pickle is refused', async () => {
  const terminal = fakeTerminal({ files: await loraFiles({}) });
  expect(await runCommandLine(['inspect', 'old.ckpt'], terminal)).toBe(1);
  expect(terminal.written.error).toMatch(/pickle file .* never opened/);
});
