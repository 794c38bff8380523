/** The read side of single requests: list, one, CSV. Tenant scope is part of every query. */
export { csvStream } from "./csv";
export { listActions } from "./list-actions";
export type { ActionRow, ActionSort } from "./list-actions";
export { listPrefixes } from "./list-prefixes";
export type { PrefixList, PrefixRow } from "./list-prefixes";
export { getRequest } from "./get-request";
export type { ActionEvent, FoundAction } from "./get-request";
export { eachRequest, listRequests, requireExport } from "./list-requests";
export { requestFilterOf, requestFilterSchema } from "./schemas";
