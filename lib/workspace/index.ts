export { createSavedView } from "./create-saved-view";
export { createTenant } from "./create-tenant";
export { deleteSavedView } from "./delete-saved-view";
export { listSavedViews } from "./list-saved-views";
export { listTenants } from "./list-tenants";
export { loadWorkspace } from "./load";
export type { Workspace } from "./load";
export { updateTenant } from "./update-tenant";
export { updateWorkspace } from "./update-workspace";
