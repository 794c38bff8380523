/** The people of the demo workspace. Known to everybody, therefore made only together with the simulated fleet. */
import type { Role } from "./actor";

export const DEMO_PASSWORD = "headroom-demo";

export interface DemoPerson {
  email: string;
  name: string;
  role: Role;
  /** Limited to one tenant, to show what tenant scope means. */
  limited: boolean;
}

const person = (role: Role, name: string, limited = false): DemoPerson => ({
  email: `${role}@demo.headroom`,
  name,
  role,
  limited,
});

export const DEMO_PEOPLE: readonly DemoPerson[] = [
  person("analyst", "Ana Lyst"),
  person("lead", "Lee Lead"),
  // Two people approve what cannot be taken back at once.
  { ...person("lead", "Robin Lead"), email: "lead2@demo.headroom" },
  person("admin", "Ada Min"),
  // A repricing that moves much needs another admin than the one who asked.
  { ...person("admin", "Alex Min"), email: "admin2@demo.headroom" },
  person("viewer", "Vic Viewer", true),
];
