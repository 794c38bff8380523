import { renderFile } from "./file";
import type { Renderer } from "./target";

/** The same document as for a file; only the way there differs. */
export const renderWebhook: Renderer = renderFile;
