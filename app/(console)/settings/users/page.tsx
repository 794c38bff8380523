import type { Metadata } from "next";
import { UsersSettings } from "@/components/settings/users-settings";
import { requirePageRole } from "@/lib/auth/page";

export const metadata: Metadata = { title: "Users" };

export default async function UsersPage() {
  await requirePageRole("admin");
  return <UsersSettings />;
}
