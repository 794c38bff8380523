"use client";
import { ThemeProvider } from "next-themes";
import { NuqsAdapter } from "nuqs/adapters/next/app";
import type { ReactNode } from "react";
import { Toaster } from "sonner";
import { QueryProvider } from "@/components/query";
import { TooltipProvider } from "@/components/ui/tooltip";

/** What every page, signed in or not, needs around it. */
export function Providers({ nonce, children }: { nonce?: string; children: ReactNode }) {
  return (
    <ThemeProvider attribute="class" defaultTheme="system" enableSystem disableTransitionOnChange nonce={nonce}>
      <NuqsAdapter>
        <QueryProvider>
          <TooltipProvider delayDuration={300}>{children}</TooltipProvider>
          <Toaster position="bottom-right" closeButton theme="system" />
        </QueryProvider>
      </NuqsAdapter>
    </ThemeProvider>
  );
}
