/**
 * How close a reconstruction comes, in decibels.
 */

/** From black, -1, to white, 1. */
const RANGE = 2;

/**
 * The peak signal-to-noise ratio of pictures in -1 … 1:
 *
 *     PSNR = 10·log10(2² / mean of squared differences)
 *
 * 20 dB is an error of a tenth of the range, 30 dB of a thirtieth. Infinite where nothing differs.
 *
 * @param squaredError the mean over all elements of all pictures
 */
export const psnr = (squaredError: number): number => 10 * Math.log10(RANGE ** 2 / squaredError);
