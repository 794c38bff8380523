"use client";
import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { Button, type ButtonProps } from "./button";

export interface CopyButtonProps extends Omit<ButtonProps, "value"> {
  /** What to copy; a function is asked at the moment of the click. */
  value: string | (() => string);
  /** The accessible name, e.g. "Copy link". */
  label?: string;
}

/** Copies and says so, in the label and to a screen reader. */
export function CopyButton({ value, label = "Copy", variant = "ghost", size = "icon", children, ...props }: CopyButtonProps) {
  const [state, setState] = useState<"idle" | "copied" | "failed">("idle");
  useEffect(() => {
    if (state === "idle") return;
    const timer = setTimeout(() => setState("idle"), 2_000);
    return () => clearTimeout(timer);
  }, [state]);

  async function copy() {
    const text = typeof value === "function" ? value() : value;
    try {
      await navigator.clipboard.writeText(text);
      setState("copied");
    } catch {
      // Plain http on another host has no clipboard; the old way still works there.
      setState(copyBySelection(text) ? "copied" : "failed");
    }
  }

  const said = state === "copied" ? "Copied" : state === "failed" ? "Copying failed" : "";
  return (
    <Button variant={variant} size={size} aria-label={children ? undefined : label} onClick={() => void copy()} {...props}>
      {state === "copied" ? <Check aria-hidden className="text-success" /> : <Copy aria-hidden />}
      {children ? (state === "idle" ? children : said) : null}
      <span role="status" className="sr-only">
        {children ? "" : said}
      </span>
    </Button>
  );
}

function copyBySelection(text: string): boolean {
  const area = document.createElement("textarea");
  area.value = text;
  area.style.position = "fixed";
  area.style.opacity = "0";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}
