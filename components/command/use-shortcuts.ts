"use client";
import { useRouter } from "next/navigation";
import { useEffect, useRef } from "react";

/** "g" and then one of these goes to a page. */
export const GO_KEYS: Record<string, { href: string; label: string }> = {
  o: { href: "/", label: "Overview" },
  e: { href: "/explore", label: "Explore" },
  r: { href: "/requests", label: "Requests" },
  p: { href: "/performance", label: "Performance" },
  c: { href: "/caching", label: "Caching" },
  u: { href: "/utilization", label: "Utilization" },
  f: { href: "/fleet", label: "Fleet" },
  h: { href: "/changes", label: "Changes" },
  t: { href: "/tenants", label: "Tenants" },
  s: { href: "/settings", label: "Settings" },
};

const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

/** ⌘K / Ctrl+K anywhere; "?" and "g x" only where nobody is typing. */
export function useShortcuts({ onPalette, onHelp }: { onPalette: () => void; onHelp: () => void }): void {
  const router = useRouter();
  const handlers = useRef({ onPalette, onHelp });
  useEffect(() => {
    handlers.current = { onPalette, onHelp };
  });
  useEffect(() => {
    let wentAt = 0;
    const onKey = (event: KeyboardEvent) => {
      if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        handlers.current.onPalette();
        return;
      }
      if (event.metaKey || event.ctrlKey || event.altKey || isTyping(event.target)) return;
      if (document.querySelector('[role="dialog"],[role="menu"],[role="listbox"]')) return;
      if (event.key === "?") {
        event.preventDefault();
        handlers.current.onHelp();
      } else if (event.key === "g") wentAt = event.timeStamp;
      else if (wentAt > 0 && event.timeStamp - wentAt < 1_200) {
        const page = GO_KEYS[event.key];
        wentAt = 0;
        if (page) router.push(page.href);
      }
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [router]);
}
