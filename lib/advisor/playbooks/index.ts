/** Playbooks: the published orders of levers, and how far each endpoint is in them. See README.md. */
export { getPlaybook } from "./get-playbook";
