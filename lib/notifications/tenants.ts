/** `*` concerns everybody: it is for those who see everybody. */
export const isFor = (seen: "all" | readonly string[], tenants: readonly string[]): boolean =>
  seen === "all" || tenants.every((tenant) => tenant !== "*" && seen.includes(tenant));
