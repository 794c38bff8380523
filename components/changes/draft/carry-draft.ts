/** A beginning on its way from another page to /changes/new. Documents may be long, so it travels beside the address, once. */
import { EMPTY_DRAFT, type DraftState } from "./draft-state";

const KEY = "headroom.carried-draft";

export function carryDraft(begun: Pick<DraftState, "edits"> & Partial<DraftState>): void {
  sessionStorage.setItem(KEY, JSON.stringify(begun));
}

/** Nothing was carried: an empty one. */
export function carriedDraft(): DraftState {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "{}") as Partial<DraftState>;
    return { ...EMPTY_DRAFT, ...kept };
  } catch {
    return EMPTY_DRAFT;
  }
}

export const dropCarried = (): void => sessionStorage.removeItem(KEY);
