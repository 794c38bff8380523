import type { Metadata } from "next";
import { RequestPage } from "@/components/requests/request-page";

export const metadata: Metadata = { title: "Request" };

export default async function Page({ params, searchParams }: PageProps) {
  const { id } = await params;
  const { tenant } = await searchParams;
  return <RequestPage id={decode(id)} tenant={typeof tenant === "string" ? tenant : undefined} />;
}

interface PageProps {
  params: Promise<{ id: string }>;
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}

/** Senders choose ids; one with a stray % is taken as it stands. */
function decode(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}
