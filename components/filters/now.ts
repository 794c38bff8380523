"use client";
import { useSyncExternalStore } from "react";
import { MINUTE_MS } from "@/lib/time";

const floorMinute = () => Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;

function onMinute(notify: () => void): () => void {
  let timer: ReturnType<typeof setTimeout>;
  const arm = () => {
    timer = setTimeout(
      () => {
        notify();
        arm();
      },
      MINUTE_MS - (Date.now() % MINUTE_MS) + 20,
    );
  };
  arm();
  return () => clearTimeout(timer);
}

/** The running minute. One value for every component, so that their queries agree. */
export function useMinute(): number {
  return useSyncExternalStore(onMinute, floorMinute, floorMinute);
}
