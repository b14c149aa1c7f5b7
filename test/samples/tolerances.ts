/**
 * How far two computations of the same thing may lie apart, relative to the largest value of the tensor (at least 1).
 */

/** An analytic gradient against a central difference, by the dtype that the op is evaluated in. */
export const GRADIENT_TOLERANCE = {
  // With a step of 1e-5 the difference quotient errs by 1e-10 (third derivative) and by 1e-16/1e-5 times the loss.
  f64: 1e-7,
} as const;

/** One executor against another in f32: some ten roundings of 6e-8 in other orders, or in sums of other shapes. */
export const EXECUTOR_TOLERANCE = {
  cpu: 1e-6,
  // The same roundings on both sides, and the shaders' own polynomials for erf, exp and tanh.
  webgpu: 2e-6,
} as const;
