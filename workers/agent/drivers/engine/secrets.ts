/** Values that must never be shown: of variables whose name says so. */
export const secretsOf = (env: Readonly<Record<string, string | undefined>>): string[] =>
  Object.entries(env).flatMap(([name, value]) =>
    /KEY|TOKEN|SECRET|PASSW|CREDENTIAL/i.test(name) && value && value.length >= 6 ? [value] : [],
  );

export const withoutSecrets = (text: string, secrets: readonly string[]): string =>
  secrets.reduce((shown, secret) => shown.replaceAll(secret, "…"), text);
