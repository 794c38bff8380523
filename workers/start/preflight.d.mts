interface Lock {
  packages: object;
}

export function nodeTooOld(version: string): string | undefined;
export function lockMismatch(
  wanted: Lock | undefined,
  installed: Lock | undefined,
  options: { withDevelopment: boolean; exists: (folder: string) => boolean },
): string | undefined;
