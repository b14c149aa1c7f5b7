/**
 * The command line as a whole: which commands there are, and what happens when one fails.
 */
import { Command, CommanderError } from 'commander';
import { VERSION } from '../base/version.ts';
import { benchCommand } from './bench/command.ts';
import { classImagesCommand } from './class-images.ts';
import { enginesCommand } from './engines.ts';
import { evaluateCommand } from './evaluate.ts';
import { CommandEnd, EXIT_CODE_HELP, EXIT_CODES, type ExitCode } from './exit-codes.ts';
import { tellFailure } from './failure.ts';
import { generateCommand } from './generate.ts';
import { inspectCommand } from './inspect.ts';
import { prepareCommand } from './prepare.ts';
import { scanCommand } from './scan.ts';
import { serveCommand } from './serve.ts';
import { trainCommand } from './train.ts';
import { jsonLine, type Terminal } from './terminal.ts';

/** One line a command; each is made in a file of its own. */
const COMMANDS: readonly ((terminal: Terminal) => Command)[] = [
  benchCommand,
  classImagesCommand,
  enginesCommand,
  evaluateCommand,
  generateCommand,
  inspectCommand,
  prepareCommand,
  scanCommand,
  serveCommand,
  trainCommand,
];

/**
 * Runs one command and gives the process's exit code.
 *
 * @param words what follows the program's name
 */
export async function runCommandLine(words: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const json = words.includes('--json');
  try {
    await createProgram(terminal, json).parseAsync(words, { from: 'user' });
    return EXIT_CODES.ok;
  } catch (error) {
    if (error instanceof CommandEnd) return error.exitCode;
    if (!(error instanceof CommanderError)) return tellFailure(error, terminal, json);
    if (error.exitCode === 0) return EXIT_CODES.ok;
    if (json) terminal.error(jsonLine({ error: { code: 'usage', what: error.message.replace(/^error: /, '') } }));
    return EXIT_CODES.usage;
  }
}

function createProgram(terminal: Terminal, json: boolean): Command {
  const program = new Command('lora-loom')
    .description('Trains Stable Diffusion LoRAs on your own machine, without Python.')
    .version(VERSION, '--version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand(false)
    .showHelpAfterError('Add --help to see what is possible.');
  for (const create of COMMANDS) program.addCommand(create(terminal).copyInheritedSettings(program));
  for (const command of [program, ...program.commands]) {
    command
      .exitOverride()
      .addHelpText('after', EXIT_CODE_HELP)
      .helpOption('-h, --help', 'show this help')
      .configureOutput({
        writeOut: terminal.out,
        writeErr: (text) => {
          if (!json) terminal.error(text);
        },
        outputError: (text, write) => write(text.replace(/^error: /, 'Error: ')),
      });
  }
  return program;
}
