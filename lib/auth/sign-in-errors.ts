/** Why signing in through a provider failed. The address carries the key; only these sentences reach the page. */
export const SIGN_IN_ERRORS = {
  unverified: "Your identity provider does not confirm your email address (email_verified). Ask its administrator.",
  taken: "This email belongs to another identity at your provider. Ask an admin of this console.",
  disabled: "This account is disabled. Ask an admin of this console.",
  failed: "Signing in failed. Try again; if it fails again, ask an admin of this console.",
} as const;

type SignInError = keyof typeof SIGN_IN_ERRORS;

const CODES = Object.keys(SIGN_IN_ERRORS) as SignInError[];

export function codeOfSignInError(error: unknown): SignInError {
  const message = error instanceof Error ? error.message : "";
  return CODES.find((code) => SIGN_IN_ERRORS[code] === message) ?? "failed";
}

/** The sentence for `?error=` of the sign-in page; next-auth's own codes all mean that it did not work. */
export function signInErrorText(code: string | undefined): string | undefined {
  if (!code) return undefined;
  return SIGN_IN_ERRORS[CODES.find((known) => known === code) ?? "failed"];
}
