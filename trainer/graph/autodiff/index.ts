/** Gradients of graphs. */
export { differentiate } from './differentiate.ts';
