/** Invoices: what providers billed, and how it compares with what was calculated. See README.md. */
export { listInvoices, reconcileMonth } from "./reconcile-month";
export { uploadInvoice, withdrawInvoice } from "./upload-invoice";
