/** What prepare-fleet.ts writes for the programs of the demo; they trust it. */
import fs from "node:fs";
import type { FleetCalendar } from "../calendar";

export interface TrafficConfig {
  calendar: FleetCalendar;
  consoleUrl: string;
  providersPort: number;
  /** Gateway name → address. */
  gateways: Record<string, string>;
  /** Tenant → key of its applications. */
  keys: Record<string, string>;
  /** Written every half minute: up to when live traffic was sent. */
  cursorFile: string;
}

export const readTrafficConfig = (file: string): TrafficConfig => JSON.parse(fs.readFileSync(file, "utf8")) as TrafficConfig;

/** Epoch milliseconds; null when it never ran. */
export function readCursor(file: string): number | null {
  try {
    const { atMs } = JSON.parse(fs.readFileSync(file, "utf8")) as { atMs?: unknown };
    return typeof atMs === "number" && Number.isFinite(atMs) ? atMs : null;
  } catch {
    return null;
  }
}

export const writeCursor = (file: string, atMs: number): void => fs.writeFileSync(file, JSON.stringify({ atMs }));
