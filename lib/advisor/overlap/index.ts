/** What levers save together. See lay-levers.ts. */
export { layLevers, stackLevers, type Lever, type LeverPart, type StackedLever } from "./lay-levers";
