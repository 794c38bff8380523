/**
 * Counters of one source → what was added since its previous page.
 *
 *   never seen ─ first page ─► known, adds nothing: it may have counted for weeks
 *   known ─ higher ─► adds the difference        known ─ lower ─► started again: adds all of it
 *
 * A series that appears beside others of its name, on a page that is not the first, began at zero (a finish reason that
 * had not happened yet). One counter that fell means that its process started again, so all counters of that process
 * began at zero, those too that have already overtaken their old value.
 */

export interface CounterValue {
  /** Without histogram suffix. */
  family: string;
  /** Name and labels. */
  key: string;
  /** The process it belongs to: equal for all counters that start again together. */
  process: string;
  value: number;
  /** A counter that is known to be one. Of the others a fall says nothing about their process. */
  trusted: boolean;
}

/** Series that have not been seen for so many pages are forgotten. At 15 s: an hour. */
const FORGET_AFTER_PAGES = 240;

export class CounterMemory {
  private readonly known = new Map<string, { value: number; page: number }>();
  private families = new Set<string>();
  private page = 0;
  private startedAt: number | null = null;

  /** @param fromZero the source is a process that was not there before: even its first page counts. */
  constructor(private readonly fromZero: boolean) {}

  /** By key, what each counter of this page added; null where nothing can be said. */
  take(counters: readonly CounterValue[], page: { families: ReadonlySet<string>; complete: boolean; startedAt: number | null }) {
    this.page += 1;
    const first = this.page === 1;
    const restarted = this.startedAt !== null && page.startedAt !== null && Math.abs(page.startedAt - this.startedAt) > 1;
    const fallen = new Set<string>();
    for (const { key, process, value, trusted } of counters) {
      const before = this.known.get(key);
      if (trusted && before && value < before.value) fallen.add(process);
    }
    const added = new Map<string, number | null>();
    for (const { family, key, process, value } of counters) {
      const before = this.known.get(key);
      if (!before) added.set(key, this.beganAtZero(first, restarted, family) ? value : null);
      else added.set(key, restarted || fallen.has(process) || value < before.value ? value : value - before.value);
      this.known.set(key, { value, page: this.page });
    }
    this.startedAt = page.startedAt ?? this.startedAt;
    // Of a page that was cut off nobody knows what it lacks.
    if (page.complete) this.families = new Set([...this.families, ...page.families]);
    for (const [key, { page: seen }] of this.known) if (this.page - seen > FORGET_AFTER_PAGES) this.known.delete(key);
    return added;
  }

  private beganAtZero(first: boolean, restarted: boolean, family: string): boolean {
    return first ? this.fromZero : restarted || this.families.has(family);
  }
}
