"use client";
import { Menu, X } from "lucide-react";
import { Dialog as Primitive } from "radix-ui";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { DialogOverlay } from "@/components/ui/dialog";
import { Logo, Navigation } from "./sidebar";

/** The sidebar as a drawer, where there is no room for it. */
export function MobileNavigation() {
  const [open, setOpen] = useState(false);
  return (
    <Primitive.Root open={open} onOpenChange={setOpen}>
      <Primitive.Trigger asChild>
        <Button variant="ghost" size="icon" className="size-9 lg:hidden" aria-label="Open navigation">
          <Menu aria-hidden />
        </Button>
      </Primitive.Trigger>
      <Primitive.Portal>
        <DialogOverlay className="lg:hidden" />
        <Primitive.Content
          aria-describedby={undefined}
          className="fixed inset-y-0 left-0 z-50 flex w-64 max-w-[85vw] flex-col gap-4 overflow-y-auto border-r bg-sidebar pb-6 shadow-pop data-[state=open]:animate-[slide-in_.16s_ease-out] lg:hidden"
        >
          <div className="flex h-12 shrink-0 items-center justify-between border-b pr-2 pl-5">
            <Primitive.Title asChild>
              <span>
                <Logo />
              </span>
            </Primitive.Title>
            <Primitive.Close asChild>
              <Button variant="ghost" size="icon" aria-label="Close navigation">
                <X aria-hidden />
              </Button>
            </Primitive.Close>
          </div>
          <Navigation onNavigate={() => setOpen(false)} />
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  );
}
