export { loadWorkspace } from "./load";
export type { Workspace } from "./load";
