export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

/** Epoch milliseconds of the start of the UTC minute / hour that holds `at`. */
export const floorToUtcMinute = (at: number): number => Math.floor(at / MINUTE_MS) * MINUTE_MS;
export const floorToUtcHour = (at: number): number => Math.floor(at / HOUR_MS) * HOUR_MS;
