/**
 * The contract between a window and the service.
 */
export { CALLS, isCallName, type CallInput, type CallName, type CallOutput } from './calls.ts';
export type { ClassImageProgress, ClassImagesEvent, ClassImageShape, ClassImagesShape } from './class-image-shapes.ts';
export type { CaptionLengthShape, DatasetImageShape, DatasetScan, StepPlanShape } from './dataset-shapes.ts';
export { EVENTS, isEventName, type EventData, type EventName } from './events.ts';
export { drawnPicture as drawnPictureShape } from './generate-shapes.ts';
export type { DrawingEvent, DrawingOrder, DrawnPicture, TrialResult } from './generate-shapes.ts';
export { LONGEST_TO_SERVICE, LONGEST_TO_WINDOW } from './messages.ts';
export {
  connect,
  serve,
  type CallContext,
  type CallOptions,
  type Client,
  type Emit,
  type Handler,
  type Handlers,
  type Port,
  type Service,
} from './peer.ts';
export type { BrokenPreset, Preset } from './preset-shapes.ts';
export type { PreparationOrderShape, PreparationShape } from './preparation-shapes.ts';
export { progressOf } from './run-shapes.ts';
export type { MetricColumns, RunEnd, RunHistory, RunSample, RunStatus, RunSummary } from './run-shapes.ts';
export { DEFAULT_SETTINGS, settingsShape, type Settings } from './settings-shapes.ts';
export { LONGEST_TEXT } from './shapes.ts';
export type { DatasetFix, JobSetting, JobSettings, Problem, Remedy } from './shapes.ts';
export { fromWorker, toWorker, type FromWorker, type ToWorker } from './worker-messages.ts';
