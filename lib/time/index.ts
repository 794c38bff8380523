/** Time is a value. Instants are UTC; days, weeks and months are built in the workspace zone, ranges are half-open. */
export { floorToUtcHour, floorToUtcMinute, HOUR_MS, MINUTE_MS, DAY_MS } from "./buckets";
export {
  addZoneDays,
  addZoneMonths,
  hourOfZoneWeek,
  isTimeZone,
  nextZoneDay,
  shiftZoneDays,
  startOfZoneDate,
  startOfZoneDay,
  startOfZoneMonth,
  startOfZoneQuarter,
  startOfZoneWeek,
  startOfZoneYear,
  zoneDaysBetween,
} from "./zone";
