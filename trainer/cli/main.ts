#!/usr/bin/env node
/**
 * The terminal's way into the trainer: `lora-loom <command>`. One file per command; this one only plugs them together.
 */
import { Command } from 'commander';

const program = new Command('lora-loom').description(
  'Train Stable Diffusion LoRAs on your own machine, without Python.',
);

await program.parseAsync();
