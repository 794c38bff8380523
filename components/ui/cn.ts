import { clsx, type ClassValue } from "clsx";
import { twMerge } from "tailwind-merge";

/** Class names; later Tailwind classes win over earlier ones of the same kind. */
export function cn(...classes: ClassValue[]): string {
  return twMerge(clsx(classes));
}
