import type { ReactNode } from "react";

/** Every page: one heading, actions beside it, the filter bar under it, then the content. */
export function Page({
  title,
  description,
  actions,
  filterBar,
  children,
}: {
  title: ReactNode;
  description?: ReactNode;
  actions?: ReactNode;
  filterBar?: ReactNode;
  children: ReactNode;
}) {
  return (
    <div className="mx-auto flex w-full max-w-[1480px] flex-col">
      <header className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2 px-4 pt-5 pb-3 sm:px-6">
        <div className="min-w-0">
          <h1 className="text-xl font-semibold tracking-tight">{title}</h1>
          {description ? <p className="mt-0.5 max-w-3xl text-[13px] text-muted-foreground">{description}</p> : null}
        </div>
        {actions ? <div className="flex flex-wrap items-center gap-2">{actions}</div> : null}
      </header>
      {filterBar ? (
        <div className="z-30 border-b bg-background/95 px-4 pb-3 backdrop-blur-sm sm:px-6 lg:sticky lg:top-12 lg:pt-2">
          {filterBar}
        </div>
      ) : null}
      <div className="flex min-w-0 flex-col gap-4 px-4 py-4 sm:px-6">{children}</div>
    </div>
  );
}
