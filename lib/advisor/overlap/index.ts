/** What levers save together. See lay-levers.ts. */
export { layLevers, stackLevers, type LeverPart } from "./lay-levers";
