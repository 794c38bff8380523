import { Skeleton } from "@/components/ui/skeleton";

export default function Loading() {
  return (
    <div className="mx-auto flex w-full max-w-[1480px] flex-col gap-4 px-4 pt-5 sm:px-6" aria-busy>
      <span role="status" className="sr-only">
        Loading the page
      </span>
      <Skeleton className="h-7 w-48" />
      <Skeleton className="h-8 w-full max-w-xl" />
      <div className="grid grid-cols-2 gap-3 lg:grid-cols-4">
        {["a", "b", "c", "d"].map((key) => (
          <Skeleton key={key} className="h-[104px]" />
        ))}
      </div>
      <Skeleton className="h-72" />
    </div>
  );
}
