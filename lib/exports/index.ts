/** Exports: files that are made in the background. See README.md. */
export { cancelExport, createExport, downloadExport, getExport, listExports, readReceipt } from "./manage-exports";
export { expireFiles, runExport } from "./run-export";
