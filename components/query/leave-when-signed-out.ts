import { signInPath } from "@/lib/auth/paths";
import { ApiError } from "./api-error";

/** The session ended while the page was open (a working day passed, or an admin ended it): sign in, and come back here. */
export function leaveWhenSignedOut(error: unknown): void {
  if (!(error instanceof ApiError) || error.status !== 401) return;
  const { pathname, search } = window.location;
  window.location.assign(signInPath(`${pathname}${search}`));
}
