/** Our own gateway merges by itself, per request: it gets the layers of its environment as in a policy file. */
import type { Renderer } from "./target";

export const renderHeadroomGateway: Renderer = ({ layers }) => ({ content: { layers: [...layers] } });
