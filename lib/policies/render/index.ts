export { renderFor, type RenderedTarget } from "./render-for";
export type { PolicySet, RenderTarget } from "./target";
