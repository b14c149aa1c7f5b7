/**
 * What a job is: the contract between everything that starts a run and the trainer.
 */
export { classImageCount, type ClassImageCount } from './class-image-knobs.ts';
export {
  KNOB_GROUPS,
  writtenShare,
  type Knob,
  type KnobGroup,
  type KnobKind,
  type Replacement,
  type Size,
  type StepShare,
} from './knob.ts';
export {
  isJobKey,
  JOB_KEYS,
  KNOBS,
  knobOf,
  type Engine,
  type Job,
  type JobKey,
  type LrScheduler,
  type NetworkArguments,
  type OptimizerArguments,
  type OptimizerType,
} from './knobs.ts';
export { parseJobText, parseToml } from './job-text.ts';
export { type Mend } from './mend.ts';
export { mendsOf } from './mends.ts';
export { NEW_JOB } from './new-job.ts';
export { DEFAULT_STEPS, ignoredSettings, jobOf, jobProblems, parseJob, type IgnoredSetting } from './parse.ts';
export { BUILT_IN_PRESETS, checkPreset, isPlace, PRESET_NAME, withoutPlaces, type BuiltInPreset } from './presets.ts';
export { entriesOf, isTable, jobTable, overrideSettings, settingFromText, type JobTable } from './table.ts';
export { ARGUMENTS_OF_OPTIMIZER, hasWarmup, JOB_RULES, trainsTextEncoder, trainsUnet, type JobRule } from './rules.ts';
export { exportJob, type Export } from './kohya-export.ts';
export { importJob, type ForeignFormat, type Import, type ImportReport } from './kohya-import.ts';
