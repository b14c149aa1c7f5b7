/**
 * What the exit code of every command means.
 */
export const EXIT_CODES = {
  ok: 0,
  userError: 1,
  usage: 2,
  internalError: 3,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT_CODES)[keyof typeof EXIT_CODES];

/** Thrown by a command that has told all there is to tell and ends with another code than 0, as by Ctrl-C. */
export class CommandEnd extends Error {
  override readonly name = 'CommandEnd';
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode) {
    super(`exit code ${exitCode}`);
    this.exitCode = exitCode;
  }
}

export const EXIT_CODE_HELP = `
Exit codes:
  0    all went well
  1    something to correct: the message says what and how
  2    the command line is wrong
  3    a mistake in LoRA Loom itself
  130  stopped by Ctrl-C
`;
