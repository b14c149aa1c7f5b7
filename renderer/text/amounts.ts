/** Numbers as people say them: durations, bytes, rates, times. */

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** "about 7 min", "2 h 10 min", "less than a minute": rounded more the longer it is. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return 'unknown';
  if (seconds < 10) return 'a few seconds';
  if (seconds < MINUTE) return `${Math.ceil(seconds / 5) * 5} s`;
  if (seconds < HOUR) return `${Math.round(seconds / MINUTE)} min`;
  if (seconds < 10 * HOUR) return hoursAndMinutes(seconds);
  if (seconds < 2 * DAY) return `${Math.round(seconds / HOUR)} h`;
  return `${Math.round(seconds / DAY)} days`;
}

function hoursAndMinutes(seconds: number): string {
  const minutes = Math.round(seconds / MINUTE / 5) * 5;
  const rest = minutes % 60;
  return rest === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${rest} min`;
}

export const timeLeft = (seconds: number): string => (seconds < 10 ? 'almost done' : `about ${duration(seconds)} left`);

/** The same where there is little room: "7 min left". */
export const shortTimeLeft = (seconds: number): string => (seconds < 10 ? 'almost done' : `${duration(seconds)} left`);

/** "4 min 29 s", to the second. */
export function exactDuration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < MINUTE) return `${whole} s`;
  if (whole < HOUR) return `${Math.floor(whole / MINUTE)} min ${whole % MINUTE} s`;
  return `${Math.floor(whole / HOUR)} h ${Math.floor((whole % HOUR) / MINUTE)} min`;
}

/** "19 MB", as file managers count. */
export function fileSize(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${units[unit] ?? ''}`;
}

/** "4 GB of 16 GB" */
export const memoryOf = (used: number, all: number): string => `${fileSize(used)} of ${fileSize(all)}`;

/** "1.9 steps/s" or "3.2 s/step", whichever is above one. */
export function speed(stepsPerSecond: number): string {
  return stepsPerSecond >= 1
    ? `${threeDigits(stepsPerSecond)} steps/s`
    : `${threeDigits(1 / Math.max(stepsPerSecond, 1e-9))} s/step`;
}

const threeDigits = (value: number): string => value.toFixed(value < 10 ? 1 : 0);

/** A learning rate: "1e-4", "5.4e-5". */
export function rate(value: number): string {
  if (value === 0) return '0';
  const [mantissa = '1', exponent = '0'] = value.toExponential(1).split('e');
  return `${mantissa.replace(/\.0$/, '')}e${exponent.replace('+', '')}`;
}

/** A loss: four digits that count. */
export const loss = (value: number): string =>
  !Number.isFinite(value) ? 'no number' : value >= 100 ? value.toFixed(0) : value.toPrecision(value < 0.1 ? 3 : 4);

/** An epoch count: "6.7", "7". */
export const epochs = (value: number): string => value.toFixed(1).replace(/\.0$/, '');

export const percent = (part: number): string => `${Math.floor(part * 100)} %`;

export const plural = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

/** The last part of a path. */
export const lastPart = (path: string): string => path.split(/[\\/]/).filter(Boolean).at(-1) ?? path;
